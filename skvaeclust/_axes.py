"""Comparison of coordinates, and the order of points that makes them equal."""

import numpy as np
import pandas as pd

NUMBERS = "fiu"


def tolerance(fitted):
    """Return the largest difference of equal coordinates: rounding, below a step."""
    finite = fitted[np.isfinite(fitted)]
    if not finite.size:
        return 0.0
    n_steps = fitted.size ** (1 / max(1, fitted.ndim)) - 1
    step = np.ptp(finite) / max(1.0, n_steps)
    rounding = 1e-6 * np.abs(finite).max()
    return max(1e-3 * step, min(rounding, step / 4) if step else rounding)


def wrapped(values, start, period):
    """Return the values of a circle from start, inclusive, to start + period."""
    return start + np.mod(values - start, period)


def same(values, fitted, period=None):
    """Compare coordinates point by point.

    Parameters
    ----------
    values, fitted : ndarray of the same shape
        Numbers are compared up to rounding, other types exactly; NaN equals NaN.
    period : float, default=None
        Values that differ by a multiple are equal: 360 for longitudes in degrees.

    Returns
    -------
    equal : ndarray of bool
    """
    if fitted.dtype.kind not in NUMBERS or values.dtype.kind not in NUMBERS:
        values, fitted = as_text(values), as_text(fitted)
        equal = values == fitted
        return np.asarray(equal | ((values != values) & (fitted != fitted)), bool)
    values, fitted = np.asarray(values, float), np.asarray(fitted, float)
    difference = values - fitted
    if period is not None:
        difference = wrapped(difference, -period / 2, period)
    equal = np.abs(difference) <= tolerance(fitted)
    return equal | (np.isnan(values) & np.isnan(fitted))


def as_text(values):
    """Decode bytes to text, so that both compare equal; other types stay."""
    return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values


def order_of(values, fitted, period=None):
    """Find the order of points in which an axis equals the fitted one.

    Parameters
    ----------
    values, fitted : ndarray of shape (n_points,)
    period : float, default=None
        As for `same`.

    Returns
    -------
    order : ndarray of int of shape (n_points,) or None
        None if the points differ.
    """
    if fitted.dtype.kind in NUMBERS and values.dtype.kind in NUMBERS:
        given, sought = np.asarray(values, float), np.asarray(fitted, float)
        if period is not None:
            # A point slightly west of the first one must not move to the far end.
            start = sought.min() - 2 * tolerance(sought)
            given = wrapped(given, start, period)
            sought = wrapped(sought, start, period)
        order = np.argsort(given, kind="stable")
        order = order[np.argsort(np.argsort(sought, kind="stable"), kind="stable")]
        return order if same(values[order], fitted, period).all() else None
    given, sought = pd.Index(as_text(values)), pd.Index(as_text(fitted))
    if not (given.is_unique and sought.is_unique):
        return None
    order = given.get_indexer(sought)
    return order if (order >= 0).all() else None
