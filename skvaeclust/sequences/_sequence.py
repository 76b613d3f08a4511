"""Validated labels in time, the input of all statistics of sequences."""

import datetime
from dataclasses import dataclass

import numpy as np

from skvaeclust._dates import check_not_dates
from skvaeclust._labels import as_labels, check_labels

LONGEST_STEP = 1.5  # in median steps; months differ in length


def as_time(time):
    """Return times as an array of numbers, datetime64 or calendar dates.

    Dates of pandas and of the standard library, and numpy weeks, months and years,
    become datetime64 with a resolution of seconds or finer; dates with a time zone are
    converted to UTC, periods to their start.
    """
    if hasattr(time, "data_vars"):
        raise ValueError("time must be an array or DataArray, got a Dataset.")
    if np.ma.isMaskedArray(time) and np.ma.getmaskarray(time).any():
        first = int(np.argmax(np.ma.getmaskarray(time)))
        raise ValueError(f"time[{first}] is masked; every time must be known.")
    time = np.asarray(time)
    kind, unit = time.dtype.kind, None
    if kind in "mM":
        unit = np.datetime_data(time.dtype)[0]
    if kind == "O":
        return _as_dates(time)
    if kind == "M" and unit in ("Y", "M", "W"):
        return time.astype("M8[s]")  # months and years have no fixed length
    if kind == "u" and time.max(initial=0) > np.iinfo(int).max:
        raise ValueError(f"time must be < 2**63, got {time.max()}.")
    check_not_dates(time)
    if kind not in "iufmM" or (kind == "m" and unit in ("Y", "M", "generic")):
        raise ValueError(
            f"time must hold numbers, datetime64 or dates, got the type {time.dtype}."
        )
    wide = {"i": int, "u": int, "f": float}  # differences of narrow types overflow
    return time.astype(wide.get(kind, time.dtype))


def _as_dates(time):
    """Return an array of objects as datetime64, or as dates of one cftime calendar."""
    dates = time.ravel().tolist()
    for i, date in enumerate(dates):
        if date is None or date != date:
            raise ValueError(f"time[{i}] is NaT or NaN; every time must be known.")
        if not hasattr(date, "year"):
            raise ValueError(
                f"time must hold numbers, datetime64 or dates, got {date!r}."
            )
    dates = [getattr(date, "start_time", date) for date in dates]  # periods of pandas
    if all(isinstance(date, datetime.date) for date in dates):
        return np.array([_as_datetime64(d) for d in dates], "M8").reshape(time.shape)
    calendars = {getattr(date, "calendar", "standard") for date in dates}
    if len(calendars) > 1 or any(isinstance(date, datetime.date) for date in dates):
        raise ValueError(
            "time must hold dates of one type and calendar, got "
            f"{sorted({type(date).__name__ for date in dates})}."
        )
    return time


def _as_datetime64(date):
    """Return a date as datetime64, in UTC."""
    if hasattr(date, "to_datetime64"):
        return date.to_datetime64()
    if getattr(date, "tzinfo", None) is not None:
        date = date.astimezone(datetime.UTC).replace(tzinfo=None)
    return np.datetime64(date, "us")


def time_of(array, name="labels"):
    """Return the coordinate of the first dimension of a DataArray; None without one."""
    dim = array.dims[0]
    if dim not in array.coords:
        return None
    index = array.indexes.get(dim)
    if getattr(index, "tz", None) is not None:
        return index.tz_convert(None).to_numpy()
    time = array.coords[dim].values
    if time.dtype.kind in "iufmM" or (len(time) and hasattr(time[0], "year")):
        return time
    raise ValueError(
        f"The coordinate {dim!r} of {name} must hold numbers or dates, got "
        f"{time[:1].tolist()}. Give time=."
    )


def in_seconds(durations):
    """Return durations as numbers, in seconds unless they are numbers."""
    if durations.dtype.kind == "m":
        durations = durations / np.timedelta64(1, "s")
    elif durations.dtype.kind == "O":
        durations = np.array([step.total_seconds() for step in durations])
    return durations.astype(float)


def elapsed_time(time, n_samples):
    """Check times; return the time since the first sample, in seconds for dates."""
    time = np.arange(n_samples) if time is None else as_time(time)
    if time.shape != (n_samples,):
        raise ValueError(
            f"time must have one value per sample: {n_samples} expected, got the shape "
            f"{time.shape}."
        )
    since = in_seconds(time - time[0]) if n_samples else np.zeros(0)
    if not np.isfinite(since).all():
        first = int(np.argmin(np.isfinite(since)))
        raise ValueError(f"time[{first}] is NaT or NaN; every time must be known.")
    if (np.diff(since) <= 0).any():
        i = int(np.argmax(np.diff(since) <= 0)) + 1
        raise ValueError(
            f"time must increase, but time[{i}]={time[i]} is not after "
            f"time[{i - 1}]={time[i - 1]}."
        )
    return since


def without_gap(time, n_samples):
    """Return whether each sample but the last is followed without a gap.

    A gap is a time step longer than 1.5 times the median step.
    """
    steps = np.diff(elapsed_time(time, n_samples))
    return steps <= LONGEST_STEP * np.median(steps) if steps.size else steps > 0


@dataclass(frozen=True)
class LabelSequence:
    """Cluster of every sample in order of time. Create it by `read`, which validates.

    Attributes
    ----------
    labels : ndarray of int of shape (n_samples,)
        -1 is no cluster.
    time : ndarray of shape (n_samples,) or None
        Increasing numbers, datetime64 or calendar dates; None for equal steps.
    continues : ndarray of bool of shape (n_samples - 1,)
        Whether a sample is followed by the next one without a gap.
    n_clusters : int
    """

    labels: np.ndarray
    time: np.ndarray | None
    continues: np.ndarray
    n_clusters: int

    @classmethod
    def read(cls, labels, time=None, n_clusters=None):
        """Check labels and times, which default to the coordinate of a DataArray."""
        values = as_labels(labels)
        if hasattr(labels, "dims"):
            if len(labels.dims) != 1:
                raise ValueError(
                    "labels must have one dimension, time; got the dimensions "
                    f"{labels.dims}. Select one sequence, for example by isel."
                )
            time = time_of(labels) if time is None else time
        n_samples = values.shape[0] if values.ndim else 1
        values, n_clusters = check_labels(values, n_samples, n_clusters)
        if n_samples == 0:
            raise ValueError("labels must have at least 1 sample, got 0.")
        if n_clusters == 0:
            raise ValueError("n_clusters must be given, since all labels are -1.")
        time = None if time is None else as_time(time)
        return cls(values, time, without_gap(time, n_samples), n_clusters)

    def __len__(self):
        return len(self.labels)

    @property
    def elapsed(self):
        """Time since the first sample, in seconds for dates."""
        return elapsed_time(self.time, len(self))

    @property
    def step(self):
        """Mean time step without a gap, in days for dates, and its unit."""
        if self.time is None:
            return 1.0, "samples"
        steps = np.diff(self.elapsed)[self.continues]
        step = steps.mean() if steps.size else np.nan
        dates = self.time.dtype.kind in "mMO"
        return (step / 86400, "days") if dates else (step, "units of time")

    def runs(self, groups=None):
        """Return indices of the first and last sample of runs of one cluster or none.

        If ``groups`` is given, a run also ends where the group changes.
        """
        breaks = (np.diff(self.labels) != 0) | ~self.continues
        if groups is not None:
            breaks |= np.diff(groups) != 0
        first = np.append(0, np.flatnonzero(breaks) + 1)
        return first, np.append(first[1:] - 1, len(self) - 1)
