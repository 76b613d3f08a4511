"""Orientation of fields: rows from south to north, columns from west to east."""

import numpy as np

from skvaeclust._coordinates._metadata import degrees, described, find_coords


def orientation_of(coords, dims):
    """Return how fields are turned so that rows run northward, columns eastward.

    Parameters
    ----------
    coords : Dataset
        Coordinates of the grid.
    dims : sequence of str
        Dimensions of the grid.

    Returns
    -------
    swap : bool
        Whether rows and columns are exchanged. This precedes the steps.
    steps : tuple of int
        1 or -1, step along the rows and along the columns.
    """
    if len(dims) != 2:
        return False, (1, 1)
    north = _slopes(coords, "latitude", "Y", dims)
    east = _slopes(coords, "longitude", "X", dims)
    swap = bool(abs(north[1]) > abs(north[0]))
    if not any(north):
        swap = bool(abs(east[0]) > abs(east[1]))
    row, column = (1, 0) if swap else (0, 1)
    return swap, (-1 if north[row] < 0 else 1, -1 if east[column] < 0 else 1)


def _slopes(coords, key, axis, dims):
    """Return the median step of a coordinate along both dimensions; 0 if unknown."""
    names = find_coords(coords, key, dims)
    axes = described(coords.coords).cf.axes.get(axis, [])
    names += [name for name in axes if {*coords[name].dims} <= {*dims}]
    if not names:
        return 0.0, 0.0
    coord = coords[names[0]]
    values = coord.copy(data=degrees(coord))
    slopes = []
    for dim in dims:
        steps = np.diff(values.transpose(..., dim).values) if dim in coord.dims else []
        finite = np.asarray(steps)[np.isfinite(steps)]
        slopes.append(float(np.median(finite)) if finite.size else 0.0)
    return slopes[0], slopes[1]


def refuse_upper(augmenter):
    """Raise an error for an augmenter of fields whose first row is the northern one."""
    if getattr(augmenter, "origin", "lower") != "lower":
        raise ValueError(
            "Labelled fields reach augmenters with the southern row first. Expected "
            f"origin='lower', got {augmenter}."
        )


def orient(fields, orientation):
    """Turn fields (..., height, width) so that rows run northward, columns eastward."""
    swap, (row, column) = orientation
    fields = fields.swapaxes(-2, -1) if swap else fields
    return fields[..., ::row, ::column]


def restore(fields, orientation):
    """Undo `orient`."""
    swap, (row, column) = orientation
    fields = fields[..., ::row, ::column]
    return fields.swapaxes(-2, -1) if swap else fields
