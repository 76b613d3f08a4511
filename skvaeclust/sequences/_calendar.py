"""Months, years and seasons of dates, and groups of samples."""

import numpy as np

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
        raise ValueError(f"Months and years need dates, got time of type {time.dtype}.")
    return tuple(np.array([[t.month, t.year] for t in time]).T)


def group_samples(by, time, n_samples):
    """Return the group of every sample, such as its season, or the given array."""
    import pandas as pd

    if by is None:
        return np.full(n_samples, "all")
    if not isinstance(by, str):
        if np.ma.isMaskedArray(by) and np.ma.getmaskarray(by).any():
            raise ValueError("by has masked values; every sample must have a group.")
        groups = np.asarray(by)
        if groups.shape != (n_samples,):
            shapes = f"expected shape ({n_samples},), got {groups.shape}"
            raise ValueError(f"by must have one group per sample: {shapes}.")
        missing = np.flatnonzero(pd.isna(groups))
        if missing.size:
            i = missing[0]
            raise ValueError(f"by[{i}]={groups[i]} must be the group of sample {i}.")
        return groups
    if by not in ("season", "month", "year", "winter"):
        raise ValueError(
            f"by={by!r} must be 'season', 'month', 'year', 'winter', None, or an array "
            "with the group of every sample."
        )
    if time is None:
        raise ValueError(f"by={by!r} needs dates, got time=None.")
    month, year = months_and_years(time)
    if by == "season":
        return np.array(SEASONS)[month % 12 // 3]
    return {"month": month, "year": year, "winter": year + (month > 6)}[by]


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
