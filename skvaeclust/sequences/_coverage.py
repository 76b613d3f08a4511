"""Time that samples cover, and durations."""

from numbers import Real
from typing import NamedTuple

import numpy as np

from skvaeclust._arguments import check_number
from skvaeclust._words import shown
from skvaeclust.sequences._sequence import elapsed_time, without_gap


class Coverage(NamedTuple):
    """Time that samples cover, since the first one, in seconds for dates."""

    start: np.ndarray
    end: np.ndarray
    continues: np.ndarray  # whether each sample but the last is followed without a gap
    step: float

    @classmethod
    def of(cls, time, n_samples, name="time"):
        """Return the time that each sample covers."""
        start = elapsed_time(time, n_samples, name)
        continues = without_gap(time, n_samples, name)
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
    dated = time.dtype.kind in "mMO"
    if isinstance(duration, Real) and not (dated and duration):
        return check_number(duration, name, 0)
    import pandas as pd

    if isinstance(duration, Real) or not dated:
        expected = "a duration such as '5D'" if dated else "a number"
        raise ValueError(
            f"{name}={shown(duration)} must be {expected}, since times are of type "
            f"{time.dtype}."
        )
    try:
        has_unit = not isinstance(duration, str) or duration.strip(" +-.0123456789")
        seconds = pd.Timedelta(duration).total_seconds() if has_unit else np.nan
    except (ValueError, TypeError):
        seconds = np.nan
    if not seconds >= 0:
        raise ValueError(
            f"{name}={shown(duration)} must be a duration >= 0, such as '5D' or '12h'."
        )
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
            f"smooth must be an odd number of time steps, got {n}, since it is centred."
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
