"""Recognition of dates that were written as numbers."""

import numpy as np

YEARS = (1500, 2500)
NEW_YEAR = 89  # step from month 12 to month 1 of the next year, as YYYYMM
NEW_YEAR_OF_DAYS = 635  # step from day 366 to day 1, as YYYYDDD


def check_not_dates(values, name="time"):
    """Raise an error for numbers such as 20010131 or 200101.

    Parameters
    ----------
    values : ndarray
        Numbers; other types pass.
    name : str, default="time"
        Name of the values in the message.

    Raises
    ------
    ValueError
        If all numbers are dates of the form YYYYMMDD, with or without a fraction of the
        day, or of the form YYYYMM or YYYYDDD in several years.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "fiu" or values.size < 2:
        return
    found = values[np.isfinite(values)].astype(float)
    whole = np.floor(found)
    days, months = whole % 100, whole // 100
    if _are_months(months) and ((days >= 1) & (days <= 31)).all():
        form, first, unit = "%Y%m%d", whole, "YYYYMMDD"
    elif _are_months(whole) and (found == whole).all() and np.ptp(found) >= NEW_YEAR:
        form, first, unit = "%Y%m", whole, "YYYYMM"
    elif _are_days_of_years(found):
        form, first, unit = "%Y%j", whole, "YYYYDDD"
    else:
        return
    raise ValueError(
        f"{name} holds dates as numbers ({unit}), such as {int(first[0])}; expected "
        "dates, or numbers that are proportional to time. Convert them, for example "
        f"pandas.to_datetime(numpy.asarray({name}).astype(int).astype(str), "
        f"format='{form}')."
    )


def _are_months(values):
    """Check whether all numbers are months of the form YYYYMM."""
    years, months = values // 100, values % 100
    inside = (years >= YEARS[0]) & (years <= YEARS[1]) & (months >= 1) & (months <= 12)
    return bool(values.size and inside.all())


def _are_days_of_years(values):
    """Check whether all numbers are days of several years, of the form YYYYDDD."""
    years, days = values // 1000, values % 1000
    inside = (years >= YEARS[0]) & (years <= YEARS[1]) & (days >= 1) & (days <= 366)
    whole = (values == np.floor(values)).all()
    return bool(inside.all() and whole and np.ptp(values) >= NEW_YEAR_OF_DAYS)
