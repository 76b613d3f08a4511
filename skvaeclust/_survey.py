"""Check of the values of labelled fields: samples without data, fill values."""

import re
from dataclasses import dataclass

import numpy as np

from skvaeclust._warnings import warn
from skvaeclust._words import counted

HUGE = 1e15  # values of undeclared fields of this size are compared with the others
N_FILL = 3  # continuous data have more different huge values
BEYOND = 1e6  # ratio of a huge fill value to the largest other value
FAR = 3  # distance of values in other units from those of fit, in ranges of these
MANY, NARROW = 20, 30  # samples whose range is so much narrower may have other units
ROUNDING = 1e-9  # relative
NINES = re.compile("9{3,}")  # the digits of -999, 9999 and -99.9
LIMITS = {32767, 32768, 65535, 2147483647, 2147483648}  # of integer types


@dataclass(frozen=True)
class Survey:
    """Where fields have data.

    Attributes
    ----------
    present : ndarray of bool of shape (n_samples,)
        Samples with at least one value at a valid point.
    valid : ndarray of bool of shape (n_points,)
        Points with data in at least one sample.
    ranges : ndarray of shape (n_variables, 2)
        Smallest and largest value of each variable; NaN if it has none.
    """

    present: np.ndarray
    valid: np.ndarray
    ranges: np.ndarray


def is_typical(value):
    """Check whether a value of moderate size is one that marks missing data."""
    digits = f"{abs(value):.7g}".split("e")[0].replace(".", "").strip("0")
    if abs(value) >= 1000 and digits == "1":  # as -1000 for ice
        return True
    return bool(NINES.fullmatch(digits)) or abs(value) in LIMITS


def is_far(value, low, high):
    """Check whether a possible fill value is far from the range of the others."""
    if abs(value) >= HUGE:
        return abs(value) > BEYOND * max(abs(low), abs(high))
    gap = low - value if value < low else value - high
    return gap > high - low > 0


def fill_values(values):
    """Find the possible fill values of a variable.

    Parameters
    ----------
    values : ndarray
        Finite values.

    Returns
    -------
    found : list of float
    rest : ndarray
        The other values.
    """
    found, rest = [], values
    if rest.size and np.abs(rest).max() >= HUGE:
        huge = np.abs(rest) >= HUGE
        found = np.unique(rest[huge]).tolist()
        if len(found) > N_FILL:
            return [], rest
        rest = rest[~huge]
    while rest.size:
        low, high = float(rest.min()), float(rest.max())
        typical = [value for value in {low, high} if is_typical(value)]
        for value in typical:
            others = rest[rest != value]
            if not others.size or is_far(value, others.min(), others.max()):
                found, rest = [*found, value], others
                break
        else:
            break
    return found, rest


def survey(batches, grid, dim):
    """Find samples and points with data; refuse infinite and fill values.

    Parameters
    ----------
    batches : callable
        Returns an iterable of (time, rows), with rows of shape (n, n_points), NaN where
        values are missing.
    grid : Grid
    dim : str
        Dimension of the samples, for messages.

    Returns
    -------
    survey : Survey

    Raises
    ------
    ValueError
        If values are infinite, if an undeclared fill value occurs in some samples
        only, or if fewer than 2 samples have data.

    Warns
    -----
    UserWarning
        If points have an undeclared fill value in every sample. They are treated as
        land.
    """
    n_variables = len(grid.variables)
    ranges = np.full((n_variables, 2), np.nan)
    fill = [set() for _ in range(n_variables)]
    present, n_values, n_samples = [], 0, 0
    for _, rows in batches():
        refuse_infinite(rows, grid.place, n_samples)
        known = ~np.isnan(rows)
        present.append(known.any(axis=1))
        n_values, n_samples = n_values + known.sum(axis=0), n_samples + len(rows)
        parts = zip(split(rows, n_variables), split(known, n_variables), strict=True)
        for i, (values, here) in enumerate(parts):
            found, rest = fill_values(values[here])
            fill[i] |= set(found)
            if rest.size:
                ranges[i, 0] = np.fmin(ranges[i, 0], rest.min())
                ranges[i, 1] = np.fmax(ranges[i, 1], rest.max())
    fill = [_far(values, ranges[i]) for i, values in enumerate(fill)]
    if any(fill):
        n_fill, present = 0, []
        for _, rows in batches():
            filled = _is_fill(rows, fill)
            present.append((~np.isnan(rows) & ~filled).any(axis=1))
            n_fill = n_fill + filled.sum(axis=0)
        n_values = n_values - n_fill
        _report(batches, fill, n_fill, n_values > 0, grid)
    if not (n_values > 0).any():
        raise ValueError("Expected data at some points, got missing values only.")
    present = np.concatenate(present)
    if present.sum() < 2:
        raise ValueError(
            f"Found {present.sum()} sample with data along {dim!r}; at least 2 are "
            "required."
        )
    return Survey(present, n_values > 0, ranges)


def split(rows, n_variables):
    """Split rows (n, n_points) into one view per variable."""
    return np.split(rows, n_variables, axis=1)


def refuse_infinite(rows, place, start=0):
    """Raise an error for the first infinite value of rows."""
    infinite = np.isinf(rows)
    if infinite.any():
        sample, point = np.argwhere(infinite)[0]
        raise ValueError(
            "Expected finite values or NaN, got "
            f"{counted(infinite.sum(), 'infinite value')}, first in "
            f"sample {start + sample} at {place(point)}."
        )


def refuse_gaps(batches, valid, place, dim, start=0):
    """Raise an error for the first value that is missing at a valid point.

    Samples without any value at valid points are not gaps.
    """
    for _, rows in batches:
        gaps = np.isnan(rows) & valid
        gaps &= ~gaps[:, valid].all(axis=1, keepdims=True)
        if gaps.any():
            sample, point = np.argwhere(gaps)[0]
            raise ValueError(
                f"Expected data in every sample, got NaN in sample {start + sample} at "
                f"{place(point)}. Pass fill_missing='climatology', or fill gaps "
                f"before, for example by X.interpolate_na({dim!r})."
            )
        start += len(rows)


def check_rows(rows, channel, ranges, place, start=0):
    """Refuse infinite values, fill values and other units, outside known ranges.

    Parameters
    ----------
    rows : ndarray of shape (n, n_valid)
    channel : ndarray of int of shape (n_valid,)
        Variable of each point.
    ranges : ndarray of shape (n_variables, 2)
    place : callable
        Describes a valid point.
    start : int, default=0
        Index of the first sample, for messages.
    """
    refuse_infinite(rows, place, start)
    for i, (low, high) in enumerate(ranges):
        values = rows[:, channel == i]
        known = values[np.isfinite(values)]
        for value in {known.min(), known.max()} if known.size else ():
            if (abs(value) >= HUGE or is_typical(value)) and is_far(value, low, high):
                equal = (rows == value) & (channel == i)
                sample, point = np.argwhere(equal)[0]
                where = start + sample, place(point)
                raise ValueError(_describe(value, equal, *where))
        distance = FAR * (high - low)
        n_far = np.count_nonzero((known < low - distance) | (known > high + distance))
        varies = distance > ROUNDING * max(abs(low), abs(high))
        if varies and 2 * n_far > known.size:
            raise ValueError(
                f"Most values are far from those of fit, {low:g} to {high:g}: got "
                f"{known.min():g} to {known.max():g}, for example in sample {start} at "
                f"{place(int(np.argmax(channel == i)))}. Convert the units to those of "
                "fit."
            )
        many = varies and known.size and len(rows) >= MANY
        if many and np.ptp(known) * NARROW < high - low:
            warn(
                f"All values are between {known.min():g} and {known.max():g}, but "
                f"those of fit between {low:g} and {high:g}, for example at "
                f"{place(int(np.argmax(channel == i)))}. Convert the units to those of "
                "fit if they differ.",
                UserWarning,
            )


def _far(values, limits):
    """Select the values that are far from the range of all others of the variable."""
    if np.isnan(limits).any():  # no others
        return [value for value in values if abs(value) >= HUGE]
    far = [value for value in values if is_far(value, *limits)]
    near = [value for value in values if value not in far]
    limits[:] = min([limits[0], *near]), max([limits[1], *near])
    return far


def _is_fill(rows, fill):
    """Return where rows have a fill value of their variable."""
    parts = zip(split(rows, len(fill)), fill, strict=True)
    return np.hstack([np.isin(values, of_variable) for values, of_variable in parts])


def _report(batches, fill, n_fill, valid, grid):
    """Raise an error for fill values in some samples; warn of those in all."""
    at, start, first, equal = valid & (n_fill > 0), 0, None, []
    size = grid.n_points // len(fill)
    for _, rows in batches():
        wrong = _is_fill(rows, fill) & at
        if first is None and wrong.any():
            sample, point = np.argwhere(wrong)[0]
            first = rows[sample, point], start + sample, point
        if first is not None:
            own = np.arange(grid.n_points) // size == first[2] // size
            equal.append(wrong & (rows == first[0]) & own)
        start += len(rows)
    if first is not None:
        value, sample, point = first
        raise ValueError(
            _describe(value, np.concatenate(equal), sample, grid.place(point))
        )
    point = int(np.argmax(n_fill > 0))
    values = [f"{value:.6g}" for of_variable in fill for value in of_variable]
    warn(
        f"The value {', '.join(values)} occurs in every sample at "
        f"{counted(int((n_fill > 0).sum()), 'point')}, first {grid.place(point)}. "
        "This is treated as a fill value, and the points as land. Replace it by NaN if "
        f"so, for example by data.where(data != {values[0]}).",
        UserWarning,
    )


def _describe(value, equal, sample, place):
    """Describe a fill value: how many, and where."""
    return (
        f"Found the value {value:.6g} {counted(int(equal.sum()), 'time')}, in "
        f"{counted(int(equal.any(axis=1).sum()), 'sample')}, first in sample {sample} "
        f"at {place}. "
        "It is far from all others and looks like an undeclared fill value. Replace it "
        f"by NaN, for example by data.where(data != {value:.6g})."
    )
