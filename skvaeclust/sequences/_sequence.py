"""Validated labels in time, the input of all statistics of sequences."""

import datetime
from dataclasses import dataclass

import numpy as np

from skvaeclust._dates import check_not_dates
from skvaeclust._labels import as_labels, check_labels
from skvaeclust._words import shown

LONGEST_STEP = 1.5  # in median steps; months differ in length
NONE = "NaT or NaN"
OF_TEXT = " Convert text, for example by pandas.to_datetime."


def as_time(time, name="time"):
    """Return times as an array of numbers, datetime64 or calendar dates.

    Dates of pandas and of the standard library, and numpy weeks, months and years,
    become datetime64 with a resolution of seconds or finer; dates with a time zone are
    converted to UTC, periods to their start.
    """
    if hasattr(time, "data_vars"):
        raise ValueError(f"{name} must be an array or DataArray, got a Dataset.")
    if np.ma.isMaskedArray(time) and np.ma.getmaskarray(time).any():
        first = int(np.argmax(np.ma.getmaskarray(time)))
        raise ValueError(f"{name}[{first}] is masked. Assign it, or drop the sample.")
    time = np.asarray(time)
    kind, unit = time.dtype.kind, None
    if kind in "mM":
        unit = np.datetime_data(time.dtype)[0]
    if kind == "O":
        return _as_dates(time, name)
    if kind == "M" and unit in ("Y", "M", "W"):
        return time.astype("M8[s]")  # months and years have no fixed length
    if kind == "u" and time.max(initial=0) > np.iinfo(int).max:
        raise ValueError(f"{name} must be < 2**63, got {time.max()}.")
    check_not_dates(time, name)
    if kind not in "iufmM" or (kind in "mM" and unit in ("Y", "M", "generic")):
        hint = OF_TEXT if kind in "US" else ""
        raise ValueError(
            f"{name} must hold numbers, datetime64 or dates, got the type "
            f"{time.dtype}.{hint}"
        )
    wide = {"i": int, "u": int, "f": float}  # differences of narrow types overflow
    return time.astype(wide.get(kind, time.dtype))


def _as_dates(time, name):
    """Return an array of objects as datetime64, or as dates of one cftime calendar."""
    dates = time.ravel().tolist()
    for i, date in enumerate(dates):
        if date is None or date != date:
            raise ValueError(
                f"{name}[{i}] is NaT or NaN. Assign it, or drop the sample."
            )
        if not hasattr(date, "year"):
            hint = OF_TEXT if isinstance(date, str) else ""
            raise ValueError(
                f"{name} must hold numbers, datetime64 or dates, got {shown(date)}."
                f"{hint}"
            )
    dates = [getattr(date, "start_time", date) for date in dates]  # periods of pandas
    if all(isinstance(date, datetime.date) for date in dates):
        return np.array([_as_datetime64(d) for d in dates], "M8").reshape(time.shape)
    calendars = {getattr(date, "calendar", "standard") for date in dates}
    if len(calendars) > 1 or any(isinstance(date, datetime.date) for date in dates):
        raise ValueError(
            f"{name} must hold dates of one type and calendar, got "
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
    """Return the times of a DataArray, a Series or a DataFrame; None without any.

    They are the coordinate of the first dimension, or the index if it holds dates.
    """
    if not hasattr(array, "dims"):
        index = getattr(array, "index", None)  # of pandas; a list has another one
        dated = getattr(getattr(index, "dtype", None), "kind", "") == "M"
        dated |= hasattr(index, "to_timestamp") or hasattr(index, "calendar")
        return index if dated else None
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


def elapsed_time(time, n_samples, name="time"):
    """Check times; return the time since the first sample, in seconds for dates."""
    time = np.arange(n_samples) if time is None else as_time(time, name)
    if time.shape != (n_samples,):
        raise ValueError(
            f"{name} must have one value per sample: {n_samples} expected, got the "
            f"shape {time.shape}."
        )
    since = in_seconds(time - time[0]) if n_samples else np.zeros(0)
    if not np.isfinite(since).all():
        first = int(np.argmin(np.isfinite(since)))
        wrong = "infinite" if since.dtype == float and np.isinf(since[first]) else NONE
        raise ValueError(f"{name}[{first}] is {wrong}. Assign it, or drop the sample.")
    if (np.diff(since) <= 0).any():
        i = int(np.argmax(np.diff(since) <= 0)) + 1
        raise ValueError(
            f"{name} must increase, but {name}[{i}]={time[i]} is not after "
            f"{name}[{i - 1}]={time[i - 1]}. Sort the samples and their times."
        )
    return since


def without_gap(time, n_samples, name="time"):
    """Return whether each sample but the last is followed without a gap.

    A gap is a time step longer than 1.5 times the median step.
    """
    steps = np.diff(elapsed_time(time, n_samples, name))
    return steps <= LONGEST_STEP * np.median(steps) if steps.size else steps > 0


def read_time(values, time, name):
    """Return the times of values, or those that are given, and their name in messages.

    Parameters
    ----------
    values : array-like, DataArray, Series or DataFrame
    time : array-like or None
    name : str
        Name of the values.

    Returns
    -------
    time : ndarray or None
    of_time : str
    """
    of_time = "time"
    if time is None and (time := time_of(values, name)) is not None:
        of_time = f"{name}.{values.dims[0] if hasattr(values, 'dims') else 'index'}"
    return None if time is None else as_time(time, of_time), of_time


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
    def read(cls, labels, time=None, n_clusters=None, name="labels"):
        """Check labels and times, which default to those of a DataArray or Series."""
        values = as_labels(labels, name)
        if len(values) == 0:
            raise ValueError(f"{name} must have at least 1 sample, got 0.")
        if hasattr(labels, "dims") and len(labels.dims) != 1:
            raise ValueError(
                f"{name} must have one dimension, time; got the dimensions "
                f"{labels.dims}. Select one sequence, for example by isel."
            )
        values, n_clusters = check_labels(values, len(values), n_clusters, name=name)
        time, of_time = read_time(labels, time, name)
        continues = without_gap(time, len(values), of_time)
        return cls(values, time, continues, n_clusters)

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
