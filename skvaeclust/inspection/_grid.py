"""Grids of maps: coordinates, longitudes that cross a cut, gaps in coordinates."""

import numpy as np

from skvaeclust._fields import as_array

TURN = 360


def as_grid(x, y, shape):
    """Return the coordinates of a grid; None is replaced by indices.

    Parameters
    ----------
    x, y : array-like of shape (width,) and (height,), or both of shape \
            (height, width), or None
        Two-dimensional coordinates may be NaN, for instance on land.
    shape : tuple of two int
        (height, width)

    Returns
    -------
    x, y : ndarray
        Without NaN.
    known : ndarray of bool of shape (height, width)
        Whether a point has coordinates.
    """
    height, width = shape
    x = np.arange(float(width)) if x is None else as_array(x, float)
    y = np.arange(float(height)) if y is None else as_array(y, float)
    if (x.shape, y.shape) not in (((width,), (height,)), (shape, shape)):
        raise ValueError(
            f"x and y must have the shapes ({width},) and ({height},), or both "
            f"{shape}; got {x.shape} and {y.shape}."
        )
    known = np.isfinite(x) & np.isfinite(y) if x.ndim == 2 else np.ones(shape, bool)
    if not known.any() or (x.ndim == 1 and not np.isfinite([*x, *y]).all()):
        raise ValueError("x and y must be finite numbers.")
    if not known.all():
        x, y = (_fill(np.where(known, a, np.nan)) for a in (x, y))
    return x, y, known


def _fill(values):
    """Replace NaN by the value of a neighbour, if possible in the same row."""
    import pandas as pd

    return pd.DataFrame(values).ffill(axis=1).bfill(axis=1).ffill().bfill().to_numpy()


def join_longitudes(x):
    """Add turns to longitudes where neighbours differ by more than half a turn.

    Parameters
    ----------
    x : ndarray of shape (width,) or (height, width)
        Longitudes, for instance from 120 to 180 and on from -180 to -120.

    Returns
    -------
    x : ndarray
        Such as 120 to 240.
    """
    joined = np.unwrap(x, period=TURN)
    if x.ndim == 2:
        first = joined[:, 0]
        joined = joined + (np.unwrap(first, period=TURN) - first)[:, None]
    return joined


def close_circle(x, *arrays):
    """Repeat the first column after the last, where a grid goes around the globe.

    Parameters
    ----------
    x : ndarray of shape (width,) or (height, width)
        Longitudes. Only those of one dimension are closed.
    *arrays : ndarray of shape (..., width) or None

    Returns
    -------
    closed : list
        x and the arrays.
    """
    step = (x[-1] - x[0]) / (len(x) - 1)
    if x.ndim == 2 or abs(abs(step) * len(x) - TURN) > 0.1 * abs(step):
        return [x, *arrays]
    return [np.append(x, x[0] + np.sign(step) * TURN)] + [
        a if a is None else np.concatenate([a, a[..., :1]], axis=-1) for a in arrays
    ]
