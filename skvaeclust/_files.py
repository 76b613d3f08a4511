"""Files that are written whole or not at all."""

import os


def write_whole(path, draft, *parts):
    """Write a file that replaces an older one only when it is complete.

    Parameters
    ----------
    path : Path
        File to write.
    draft : Path
        File of the same folder that is written first; removed on failure.
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
