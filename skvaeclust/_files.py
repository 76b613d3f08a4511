"""Writing of files, complete or not at all."""

import os
import platform
import re
import secrets
import stat
from contextlib import suppress
from errno import ENOENT
from pathlib import Path

OWN_PREFIX = f".skvaeclust-{platform.node()[:60]}-"


def write_whole(path, *parts):
    """Write a file; an older one is replaced only when the new one is complete.

    An older file keeps its permissions, and a link stays a link. Drafts that ended
    processes have left in the folder are deleted.

    Parameters
    ----------
    path : str or path-like
        File to write.
    *parts : bytes
        Contents, one after the other.

    Raises
    ------
    OSError
        If the file cannot be written, or if the path is not that of a regular file.
    """
    path = Path(os.path.realpath(path))
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    refuse_special(path, mode)
    if not path.parent.is_dir():
        raise FileNotFoundError(ENOENT, "No such folder", str(path.parent))
    delete_drafts(path.parent)
    # Several threads and processes may write at once.
    draft = path.with_name(f"{OWN_PREFIX}{os.getpid()}-{secrets.token_hex(8)}.draft")
    try:
        with open(draft, "xb") as file:
            if mode is not None:
                os.chmod(draft, stat.S_IMODE(mode))
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        if getattr(error, "filename", None) == str(draft):
            error.filename = str(path)
        raise


def refuse_special(path, mode):
    """Raise an error if a path exists and is not a regular file.

    ``mode`` is the result of ``stat``, or None if there is no file.
    """
    if mode is None or stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"Expected the path of a file, got the folder {path}.")
    raise OSError(f"Expected a regular file, got the device, pipe or socket {path}.")


def delete_drafts(folder):
    """Delete the drafts of processes of this computer that no longer run."""
    if os.name != "posix" or not folder.is_dir():
        return
    for name in os.listdir(folder):
        found = re.fullmatch(rf"{re.escape(OWN_PREFIX)}(\d+)-[0-9a-f]+\.draft", name)
        if found and not is_running(int(found[1])):
            with suppress(OSError):
                (folder / name).unlink()


def is_running(process):
    """Return whether a process of this number exists."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True
