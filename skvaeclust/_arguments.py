"""Validation of numbers, flags and arrays of numbers."""

from numbers import Integral, Real
from os import PathLike

import numpy as np

from skvaeclust._words import shown


def check_integer(value, name, low, high=None):
    """Check that a value is an integer in a range, and return it."""
    valid = isinstance(value, Integral) and not isinstance(value, bool)
    if not valid or value < low or (high is not None and value > high):
        limits = f">= {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name}={shown(value)} must be an integer {limits}.")
    return int(value)


def check_number(value, name, low=-np.inf, high=np.inf, *, strictly=False):
    """Check that a value is a finite number in a range, and return it.

    Parameters
    ----------
    value : object
    name : str
    low, high : float
        Limits of the range.
    strictly : bool, default=False
        Whether the limits are excluded.
    """
    valid = isinstance(value, Real) and not isinstance(value, bool)
    if valid and np.isfinite(value):
        inside = low < value < high if strictly else low <= value <= high
        if inside:
            return float(value)
    if np.isinf(low):
        limits = "a finite number"
    elif np.isinf(high):
        limits = f"a finite number {'>' if strictly else '>='} {low}"
    else:
        limits = f"{'strictly between' if strictly else 'between'} {low} and {high}"
    raise ValueError(f"{name}={shown(value)} must be {limits}.")


def check_flag(value, name):
    """Check that a value is True or False, and return it."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name}={shown(value)} must be True or False.")
    return bool(value)


def check_indices(values, name, n):
    """Return one or several indices from 0 to n - 1 as an array."""
    indices = np.atleast_1d(np.asarray(values))
    whole = indices.ndim == 1 and indices.size and indices.dtype.kind in "iu"
    if not whole or indices.min() < 0 or indices.max() >= n:
        raise ValueError(
            f"{name}={shown(values)} must be one or several integers from 0 to {n - 1}."
        )
    return indices.astype(int)


def refuse_text(values, name, expected="numbers"):
    """Raise an error for text and for the path of a file in place of its values."""
    if isinstance(values, str | PathLike):
        hint = " Open the file first." if "." in str(values) else ""
        raise ValueError(
            f"{name} must be {expected}, got the text or path {str(values)!r}.{hint}"
        )


def as_numbers(values, name):
    """Return an array of numbers as floats; masked values are NaN."""
    if hasattr(values, "data_vars"):
        raise ValueError(f"{name} must be an array or DataArray, got a Dataset.")
    refuse_text(values, name)
    masked = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else False
    try:
        values = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be numbers: {error}") from error
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be numbers, got the type {values.dtype}.")
    return np.where(masked, np.nan, values.astype(float))
