"""Months, years and seasons of dates, and groups of samples."""

import numpy as np

from skvaeclust.sequences._sequence import as_time, time_of

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
MONTHS += ["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
SEASONS = ["DJF", "MAM", "JJA", "SON"]


def months_and_years(time):
    """Return the month (1 to 12) and the year of datetime64 or calendar dates."""
    time = np.asarray(time)
    if time.dtype.kind == "M":
        months = time.astype("M8[M]").astype(int)
        return months % 12 + 1, months // 12 + 1970
    if time.dtype.kind != "O":
        raise ValueError(
            f"Months and years need dates as time, got the type {time.dtype}."
        )
    return tuple(np.array([[t.month, t.year] for t in time]).T)


def name_winter(year):
    """Return the name of a winter, such as "2009/10", given the year of its January."""
    return f"{year - 1:.0f}/{year % 100:02.0f}"


def group_samples(by, time, n_samples, needs=None):
    """Return the group of every sample, such as its season, or the given array.

    ``needs`` says what needs dates, for messages. Default: ``by``.
    """
    import pandas as pd

    if by is None:
        return np.full(n_samples, "all")
    if not isinstance(by, str):
        if np.ma.isMaskedArray(by) and np.ma.getmaskarray(by).any():
            raise ValueError("by has masked values; every sample must have a group.")
        if hasattr(by, "data_vars"):
            raise ValueError("by must be an array or DataArray, got a Dataset.")
        groups = np.asarray(by)
        if groups.shape != (n_samples,):
            shapes = f"expected shape ({n_samples},), got {groups.shape}"
            raise ValueError(f"by must have one group per sample: {shapes}.")
        missing = np.flatnonzero(pd.isna(groups))
        if missing.size:
            i = missing[0]
            raise ValueError(f"by[{i}]={groups[i]} must be the group of sample {i}.")
        _check_groups(groups, time_of(by, "by"), time)
        return groups
    if by not in ("season", "month", "year", "winter"):
        raise ValueError(
            f"by={by!r} must be 'season', 'month', 'year', 'winter', None, or an array "
            "with the group of every sample."
        )
    if time is None or time.dtype.kind not in "MO":
        found = "time=None" if time is None else f"time of the type {time.dtype}"
        raise ValueError(
            f"{needs or f'by={by!r}'} needs dates, got {found}. Pass time=, or a "
            "DataArray with a coordinate of dates."
        )
    month, year = months_and_years(time)
    if by == "season":
        return np.array(SEASONS)[month % 12 // 3]
    return {"month": month, "year": year, "winter": year + (month > 6)}[by]


def _check_groups(groups, own, time):
    """Check that groups can be sorted, and that their own times are those of labels."""
    if own is not None and time is not None:
        own = as_time(own, "by.time")
        if own.dtype.kind == time.dtype.kind and not np.array_equal(own, time):
            raise ValueError(
                "by must have the times of labels, got other times or another order. "
                "Select them, for example by.sel(time=labels.time)."
            )
    try:
        np.unique(groups)
    except TypeError:
        types = sorted({type(group).__name__ for group in groups.tolist()})
        raise ValueError(f"by must hold groups of one type, got {types}.") from None


def count_months(number, time):
    """Return the number of samples of each group in each month, (n_groups, 12)."""
    counts = np.zeros((number.max() + 1, 12))
    np.add.at(counts, (number, months_and_years(time)[0] - 1), 1)
    return counts


def complete_years(number, time):
    """Return whether each year has at least half of the usual samples of every month.

    Parameters
    ----------
    number : ndarray of int of shape (n_samples,)
        Year of every sample, from 0 on.
    time : ndarray of shape (n_samples,)
        Dates.
    """
    counts = count_months(number, time)
    return (counts >= np.median(counts, axis=0) / 2).all(axis=1)
