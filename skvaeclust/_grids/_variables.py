"""Variables of labelled data: selection of the fields, checks of names and types."""

from os import PathLike

import numpy as np
import xarray as xr

from skvaeclust._attrs import PACKING
from skvaeclust._axes import order_of, same
from skvaeclust._coordinates._metadata import (
    auxiliary_variables,
    bounds_of,
    coordinate_variables,
    find_coords,
)
from skvaeclust._grids._samples import unwrap
from skvaeclust._warnings import warn

CLUSTER_DIMS = ("cluster", "component")  # dimensions of the results
RESERVED = (
    *CLUSTER_DIMS,
    *("label", "probability", "position", "score", "fraction", "representative"),
)


def as_dataset(data, name="X"):
    """Convert a DataArray or a list of DataArrays to a Dataset.

    Latitudes, longitudes and times among the variables of a Dataset become coordinates.
    """
    data = unwrap(data)
    if isinstance(data, xr.Dataset):
        _check_text([*data.dims, *data.variables])
        return data.set_coords(coordinate_variables(data))
    arrays = [data] if isinstance(data, xr.DataArray) else data
    if (
        not isinstance(arrays, list | tuple)
        or not arrays
        or not all(isinstance(array, xr.DataArray) for array in arrays)
    ):
        kind, path = type(data).__name__, data
        if isinstance(data, list | tuple):
            kind += f" of {sorted({type(item).__name__ for item in data})}"
            path = data[0] if data else None
        hint = ""
        if isinstance(path, str | PathLike):
            hint = f" Open the file first: xarray.open_dataset({str(path)!r})."
        elif isinstance(data, dict):
            hint = " xarray.Dataset(...) makes a Dataset of a dict."
        elif hasattr(data, "__array__"):
            hint = " Pass arrays to the clusterer itself, such as VAEClustering."
        raise TypeError(
            f"{name} must be an xarray Dataset, a DataArray or a list of DataArrays, "
            f"got {kind}.{hint}"
        )
    for array in arrays:
        _check_text([*array.dims, *array.coords])
    names = [
        f"variable {i}" if array.name is None else array.name
        for i, array in enumerate(arrays)
    ]
    if len(set(names)) < len(names):
        raise ValueError(f"The DataArrays must have different names, got {names}.")
    _check_text(names)
    for name in names:
        if any(name in array.coords or name in array.dims for array in arrays):
            raise ValueError(
                f"A DataArray and a coordinate or dimension are both named {name!r}. "
                "Rename the DataArray, for example data.rename('field')."
            )
    return _combine(arrays, names)


def _combine(arrays, names):
    """Combine DataArrays; scalar coordinates that differ become attributes."""
    longitudes = find_coords(arrays[0], "longitude", arrays[0].dims)
    arrays = [arrays[0], *(_reorder(a, arrays[0], longitudes) for a in arrays[1:])]
    coords = xr.Dataset(coords=arrays[0].coords)
    own = _differing_scalars(arrays)
    for array, name in zip(arrays[1:], names[1:], strict=True):
        for coord in array.coords:
            if coord in own:
                continue
            if coord not in coords.coords:
                if coord not in array.indexes:
                    coords = coords.assign_coords({coord: array[coord].variable})
            elif not _equal(
                array[coord], coords[coord], 360 if coord in longitudes else None
            ):
                raise ValueError(
                    f"The coordinate {coord!r} of {name!r} differs from that of "
                    f"{names[0]!r}. All DataArrays must be on the same grid, and have "
                    "the same samples. Select those that they share, for example by "
                    "xarray.align."
                )
        for dim, size in array.sizes.items():
            if coords.sizes.get(dim, arrays[0].sizes.get(dim, size)) != size:
                raise ValueError(
                    f"{name!r} has {size} points along {dim!r}, but {names[0]!r} has "
                    f"{arrays[0].sizes[dim]}. All DataArrays must be on the same grid."
                )
    coords = coords.drop_vars([name for name in own if name in coords.coords])
    fields = {}
    for array, name in zip(arrays, names, strict=True):
        values = {
            n: array[n] for n in own if n in array.coords and n not in array.attrs
        }
        described = {n: _describe_scalar(value) for n, value in values.items()}
        fields[name] = array.variable.copy(deep=False)
        fields[name].attrs = described | dict(array.attrs)
    return coords.assign(fields)


def _differing_scalars(arrays):
    """Return the names of scalar coordinates that are not the same in all arrays."""
    names = {name for array in arrays for name in array.coords}
    return {
        name
        for name in names
        if any(name in array.coords and array[name].ndim == 0 for array in arrays)
        and not all(
            name in array.coords
            and name in arrays[0].coords
            and _equal(array[name], arrays[0][name])
            for array in arrays
        )
    }


def _reorder(array, first, longitudes):
    """Reorder the axes of a DataArray to those of the first one."""
    for dim in {*array.dims} & {*array.indexes} & {*first.indexes}:
        period = 360 if dim in longitudes else None
        axes = array[dim], first[dim]
        if axes[0].sizes != axes[1].sizes or _equal(*axes):
            continue
        order = order_of(*(np.asarray(axis.values) for axis in axes), period)
        if order is not None:
            array = array.isel({dim: order}).assign_coords({dim: first[dim]})
    return array


def _equal(first, second, period=None):
    """Compare the values of two coordinates."""
    if first.dims != second.dims or first.shape != second.shape:
        return False
    values = (np.asarray(coord.values) for coord in (first, second))
    return bool(np.all(same(*values, period)))


def _describe_scalar(coord):
    """Return the value of a scalar coordinate as an attribute, with its units."""
    value = coord.values[()]
    units = coord.attrs.get("units", "")
    if isinstance(value, np.number) and not units:
        return value
    return f"{value} {units}".strip()


def _check_text(names):
    """Check that names are text."""
    for name in names:
        if not isinstance(name, str):
            raise TypeError(
                "Names of variables, dimensions and coordinates must be text, got "
                f"{name!r}. Rename it, for example data.rename({{{name!r}: 'x'}})."
            )


def rename_clashes(data):
    """Rename dimensions, coordinates and variables whose names the results use.

    Returns
    -------
    data : DataArray or Dataset
    """
    coords, fields = {*data.dims, *data.coords}, {*getattr(data, "data_vars", ())}
    clashes = {*RESERVED} & coords | {*CLUSTER_DIMS} & fields
    new = {name: f"{name}_of_data" for name in sorted(clashes)}
    if new:
        text = f"The results use the names {[*new]}. Those of the data become {new}."
        warn(text, UserWarning)
    return data.rename(new) if new else data


def check_decoded(data):
    """Check that no variable holds packed integers."""
    for name, variable in data.data_vars.items():
        packing = [key for key in PACKING if key in variable.attrs]
        if packing and variable.dtype.kind in "iu":
            raise ValueError(
                f"{name!r} is packed as {variable.dtype}: its attribute {packing[0]!r} "
                "was not applied. Decode it, for example by xarray.decode_cf(data)."
            )


def fields_of(X, dim):
    """Select the fields: the numeric variables that have the sample dimension.

    Parameters
    ----------
    X : DataArray, Dataset or list of DataArrays
    dim : str

    Returns
    -------
    fields : Dataset

    Raises
    ------
    ValueError
        If a variable of the sample dimension is not a field: its type is not numeric,
        it is on another grid, or X is a Dataset and it holds flags, counts or
        uncertainties.

    Warns
    -----
    UserWarning
        If X is a Dataset and a field holds integers without units.
    """
    data = rename_clashes(as_dataset(X))
    X = unwrap(X)
    _check_dim(data, dim)
    bounds = bounds_of(data)
    names = [
        name
        for name, variable in data.data_vars.items()
        if dim in variable.dims and name not in bounds
    ]
    if not names:
        raise ValueError(
            f"Expected a numeric variable with the dimension {dim!r}, got {[*data]}."
        )
    auxiliary = auxiliary_variables(data[names]) if isinstance(X, xr.Dataset) else set()
    fields = [n for n in names if _is_number(data[n]) and n not in auxiliary]
    refuse_types(data[names], _such_as(fields))
    for name in names:
        if name in auxiliary:
            raise ValueError(
                f"{name!r} holds flags, counts or uncertainties by its name, "
                "attributes or type. Select the fields"
                f"{_such_as(fields)}, or pass data[{name!r}] as a DataArray, alone or "
                "in a list, to use it as a field."
            )
    largest = max(names, key=lambda name: data[name].ndim)
    first = data[largest].dims
    on_grid = [name for name in names if {*data[name].dims} == {*first}]
    for name in names:
        if name not in on_grid:
            raise ValueError(
                f"{name!r} has the dimensions {data[name].dims}, but {largest!r} has "
                f"{first}. All variables must be on the same grid. Select variables"
                f"{_such_as(on_grid)}."
            )
    if isinstance(X, xr.Dataset):
        warn_of_integers(data[names])
    return data[names]


def refuse_types(data, such_as=""):
    """Raise an error for variables that are not numbers, or that are empty."""
    for name, variable in data.data_vars.items():
        if not _is_number(variable):
            raise ValueError(
                f"Expected fields of numbers, got {name!r} of type {variable.dtype}. "
                f"Convert it, or select other variables{such_as}."
            )
        for dim, size in variable.sizes.items():
            if size == 0:
                raise ValueError(f"Expected at least 1 point along {dim!r}, got 0.")


def warn_of_integers(data):
    """Warn of integers without units, which may be flags or counts."""
    whole = [n for n, v in data.data_vars.items() if v.dtype.kind in "iu"]
    names = ", ".join(repr(n) for n in whole if not data[n].attrs.get("units"))
    if names:
        warn(
            f"Integers without units are used as fields: {names}. If they are flags or "
            "counts, select other variables. Otherwise, set the attribute units, or "
            "pass DataArrays.",
            UserWarning,
        )


def refuse_unlabelled_first(X, dim):
    """Raise an error for a DataArray that scikit-learn would split along the grid.

    Searches split the first axis. With coordinates, parts of a grid are refused later,
    because their points differ.
    """
    if not isinstance(X, xr.DataArray) or dim not in X.dims or X.dims[0] == dim:
        return
    first = X.dims[0]
    if not any(first in coord.dims for coord in X.coords.values()):
        raise ValueError(
            f"The first dimension of a DataArray must be that of the samples, {dim!r}, "
            f"or have a coordinate; got {X.dims} and no coordinate on {first!r}. "
            "Otherwise, cross-validation would split the grid without notice. "
            f"Transpose it, for example data.transpose({dim!r}, ...)."
        )


def _check_dim(data, dim):
    """Check that the data have the dimension of the samples."""
    if dim in RESERVED:
        raise ValueError(
            f"dim={dim!r} is a name of the results. Rename the dimension, for example "
            f"data.rename({dim}='sample')."
        )
    if dim not in data.dims:
        dated = [d for d in data.dims if d in data.coords and _has_dates(data[d])]
        named = dated[0] if len(dated) == 1 else None
        example = f" Pass the dimension of the samples, dim={named!r}."
        raise ValueError(
            f"dim={dim!r} is not a dimension of the data, which has {[*data.dims]}."
            f"{example if named else ''}"
        )


def _is_number(variable):
    return variable.dtype.kind in "fiu"


def _has_dates(coord):
    """Check whether an axis holds dates, or durations since a date."""
    return coord.dtype.kind in "mM" or isinstance(coord.to_index(), xr.CFTimeIndex)


def _such_as(names):
    return f", for example data[{names}]" if names else ""


def n_field_dims(X, dim):
    """Return the number of dimensions of a field of labelled data."""
    first = next(iter(fields_of(X, dim).data_vars.values()))
    return len(field_dims({n: s for n, s in first.sizes.items() if n != dim}))


def field_dims(sizes):
    """Return the dimensions of a field: those of the grid without one level.

    Parameters
    ----------
    sizes : dict
        Number of points along each dimension of the grid.

    Returns
    -------
    dims : list of str
        Two, if as many dimensions of size 1 as necessary can be left out.
    """
    single = [name for name, size in sizes.items() if size == 1]
    left_out = single[: max(0, len(sizes) - 2)]
    return [name for name in sizes if name not in left_out]
