"""Writing of files, complete or not at all."""

import os


def write_whole(path, draft, *parts):
    """Write a file; an older one is replaced only when the new one is complete.

    Parameters
    ----------
    path : Path
        File to write.
    draft : Path
        Temporary file in the same folder; removed on failure.
    *parts : bytes
        Contents, one after the other.
    """
    try:
        with open(draft, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
