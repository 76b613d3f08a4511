"""Time that samples cover, and durations."""

from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_scalar

from skvaeclust.sequences._sequence import elapsed_time, without_gap


class Coverage(NamedTuple):
    """Time that samples cover, since the first one, in seconds for dates."""

    start: np.ndarray
    end: np.ndarray
    continues: np.ndarray  # whether each sample but the last is followed without a gap
    step: float

    @classmethod
    def of(cls, time, n_samples):
        """Return the time that each sample covers."""
        start, continues = elapsed_time(time, n_samples), without_gap(time, n_samples)
        step = float(np.median(np.diff(start))) if len(start) > 1 else 0.0
        end = start + step
        end[:-1][continues] = start[1:][continues]
        return cls(start, end, continues, step)

    @property
    def steps(self):
        return self.end - self.start

    def records(self, missing):
        """Return the number of the unbroken record of each sample.

        Records end at gaps and at missing samples.
        """
        breaks = ~self.continues | missing[1:] | missing[:-1]
        return np.append(0, np.cumsum(breaks))


def read_duration(name, duration, time):
    """Return a duration in the units of elapsed time; None stays."""
    if duration is None:
        return None
    if isinstance(duration, Real) and (duration == 0 or time.dtype.kind not in "mMO"):
        check_scalar(duration, name, Real, min_val=0)
        return float(duration)
    import pandas as pd

    if isinstance(duration, Real) or time.dtype.kind not in "mMO":
        expected = "a duration such as '5D'" if time.dtype.kind in "mMO" else "a number"
        raise ValueError(
            f"{name}={duration!r} must be {expected}, since times are of type "
            f"{time.dtype}."
        )
    try:
        seconds = pd.Timedelta(duration).total_seconds()
    except ValueError as error:
        raise ValueError(
            f"{name}={duration!r} must be a duration such as '5D' or '12h'."
        ) from error
    if not seconds >= 0:
        raise ValueError(f"{name}={duration!r} must be >= 0.")
    return seconds


def describe_duration(duration, time):
    """Return a duration for the attributes."""
    import pandas as pd

    if duration is None:
        return "none"
    dated = time.dtype.kind in "mMO"
    return str(pd.Timedelta(duration, "s")) if dated else duration


def running_mean(values, coverage, length):
    """Average over a centred window; NaN where it is not within an unbroken record."""
    n = round(length / coverage.step) if coverage.step else 1
    if n < 1 or n % 2 == 0:
        raise ValueError(
            f"smooth must be an odd number of time steps, got {n}: it is centred."
        )
    smoothed = np.full_like(values, np.nan)
    if n > len(values):
        return smoothed
    windows = np.lib.stride_tricks.sliding_window_view(values, n, axis=0)
    records = coverage.records(np.zeros(len(values), dtype=bool))
    unbroken = records[: len(windows)] == records[n - 1 :]
    means = np.where(unbroken[:, None], windows.mean(axis=-1), np.nan)
    smoothed[n // 2 : n // 2 + len(means)] = means
    return smoothed
