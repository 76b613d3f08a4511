"""Times on an axis of matplotlib."""

import numpy as np


def time_axis(time):
    """Return times that matplotlib can draw, and the label of their axis.

    Parameters
    ----------
    time : ndarray of shape (n_samples,)
        Numbers, datetime64, durations or dates of any calendar.

    Returns
    -------
    time : ndarray of shape (n_samples,)
        Numbers or datetime64.
    label : str
    """
    if time.dtype.kind == "O":  # matplotlib does not support other calendars
        days = [step.total_seconds() / 86400 for step in time - time[0]]
        return np.array(days), f"days since {time[0]}"
    if time.dtype.kind == "m":
        return time / np.timedelta64(1, "D"), "time (days)"
    return time, "time"
