"""Rows of a calendar: one year per row, from a season without samples."""

import numpy as np

from skvaeclust.sequences._calendar import months_and_years

MONTH_STARTS = np.append(0, np.cumsum([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]))
LONG_GAP = 60  # minimum gap between two seasons, days
MONTH = (27, 32)  # range of monthly time steps, days


def calendar_days(time):
    """Return the year, and the day in a leap year, 0 for the start of January."""
    month, year = months_and_years(time)
    if time.dtype.kind == "M":
        day = (time - time.astype("M8[M]")) / np.timedelta64(1, "D")
    else:
        day = np.array([t.day - 1 + t.hour / 24 for t in time])
    return year, MONTH_STARTS[month - 1] + day


def rows_and_days(time, step):
    """Divide dates into rows of a year that begin in a season without samples.

    Return the year in which each row begins, the day of the row of every sample, and
    the day of the year on which rows begin, 0 for the first of January. With monthly
    steps, a sample is at the start of its month.
    """
    year, day = calendar_days(time)
    if MONTH[0] < step < MONTH[1]:
        day = MONTH_STARTS[months_and_years(time)[0] - 1].astype(float)
    seen = np.unique(np.floor(day))
    gaps = np.diff(np.append(seen, seen[0] + 366))
    i = int(np.argmax(gaps))
    split = 0
    if gaps[i] > max(LONG_GAP, 1.5 * step):
        middle = (seen[i] + gaps[i] / 2) % 366
        split = int(MONTH_STARTS[np.argmin(np.abs(MONTH_STARTS - middle))]) % 366
    before = day < split
    return year - before, day - split + 366 * before, split


def row_ends(row, day, step, split, continues):
    """Return the day of the row on which each sample ends: the start of the next one.

    Months and calendars differ in length, which must not appear as gaps.
    """
    ends = day + step
    if MONTH[0] < step < MONTH[1]:
        months = np.append(MONTH_STARTS, MONTH_STARTS[1:] + 366) - split
        ends = months[np.searchsorted(months, day, side="right")].astype(float)
    near = continues & (np.diff(row) == 0)
    ends[:-1][near] = day[1:][near]
    return np.where(np.append(continues & ~near, False), 366, ends.clip(max=366))
