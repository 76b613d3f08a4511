"""Coordinates of labelled data: those of the grid and those of the samples."""

import numpy as np
import xarray as xr

from skvaeclust._attrs import own_attrs


def coords_on(data, dims):
    """Return the coordinates on some of the dimensions, as they are, in a Dataset.

    Parameters
    ----------
    data : DataArray or Dataset
    dims : sequence of str
        Scalar coordinates are included.

    Returns
    -------
    coords : Dataset
    """
    coords = xr.Dataset(coords=data.coords)
    outside = [n for n, c in coords.coords.items() if not set(c.dims) <= {*dims}]
    coords = coords.drop_vars(outside).copy(deep=True)
    for coord in coords.coords.values():
        coord.attrs, coord.encoding = own_attrs(coord), {}
    return coords


def samples_at(time, dim, n_samples):
    """Return times as a DataArray, and the dimensions and coordinates of samples.

    Parameters
    ----------
    time : DataArray, array-like of shape (n_samples,) or None
    dim : str
        Dimension of the samples, unless `time` is a DataArray.
    n_samples : int

    Returns
    -------
    time : DataArray or None
    sizes : dict of int
        Number of samples along each dimension.
    coords : Coordinates
        Those of a DataArray; the times, if it has no coordinate on its dimension.
    """
    if time is None:
        return None, {dim: n_samples}, {}
    if not isinstance(time, xr.DataArray):
        time = xr.DataArray(time, dims=[dim])
    if time.size != n_samples:
        raise ValueError(
            f"time must have one value per row of X, {n_samples}, got {time.size} with "
            f"the dimensions {dict(time.sizes)}."
        )
    coords = coords_on(time, time.dims).coords
    if time.ndim == 1 and time.dims[0] not in coords:
        coords[time.dims[0]] = (time.dims, time.values, own_attrs(time))
    return time, dict(time.sizes), coords


def constant_coords(data, dims):
    """Load the coordinates; reduce those that do not vary outside the grid to the grid.

    Coordinates that vary both on the grid and with the samples are dropped.

    Parameters
    ----------
    data : Dataset
    dims : sequence of str
        Dimensions of the grid.

    Returns
    -------
    data : Dataset
    """
    for name, coord in data.coords.items():
        outside = [dim for dim in coord.dims if dim not in dims]
        if coord.chunks is not None:
            coord = coord.compute()
            data = data.assign_coords({name: coord.variable})
        if not outside or len(outside) == coord.ndim:
            continue
        first = coord.isel(dict.fromkeys(outside, 0), drop=True)
        data = data.drop_vars(name)
        if coord.size and bool(equal(coord.variable, first.variable).all()):
            data = data.assign_coords({name: first.variable})
    return data


def equal(first, second):
    """Compare two variables elementwise; missing values are equal."""
    sizes = dict(zip(first.dims, first.shape, strict=True))
    second = second.set_dims(sizes).transpose(*first.dims)
    a, b = np.asarray(first.values), np.asarray(second.values)
    both = (a != a) & (b != b)
    return (a == b) | both
