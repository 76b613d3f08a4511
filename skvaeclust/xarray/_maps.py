"""Arrays and grids of labelled fields, for maps."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from skvaeclust._coordinates._metadata import degrees, find_coord
from skvaeclust._coordinates._orientation import orientation_of
from skvaeclust._coordinates._time import times_of
from skvaeclust._grids._variables import as_dataset, fields_of
from skvaeclust._warnings import warn

ROUNDING = 1e-8
AXES = ("x", "y", "xy_units")


@dataclass(frozen=True)
class ClusterFields:
    """Fields of the clusters of a FieldClustering.

    Attributes
    ----------
    values : ndarray of shape (n_samples or n_clusters, channels, height, width)
    grid : dict
        Parameters of :class:`~skvaeclust.inspection.MapGrid`.
    labels : ndarray of int of shape (n_samples,) or None
        None for centres.
    time : ndarray of shape (n_samples,) or None
        None for centres, and for samples without times.
    """

    values: np.ndarray
    grid: dict
    labels: np.ndarray | None = None
    time: np.ndarray | None = None


def cluster_fields(model, X, fields, anomalies):
    """Return the fields and the grid that maps of a FieldClustering show.

    Parameters
    ----------
    model : FieldClustering
    X : labelled fields or None
        None selects the centres.
    fields : labelled fields, array or None
        Fields to average in place of X.
    anomalies : bool
        Whether to subtract the climatology or, without one, the mean of the centres.

    Returns
    -------
    found : ClusterFields
    """
    if anomalies:
        _warn_if_zero(model)
    if X is None:
        found = _find_centers(model, anomalies)
    else:
        found = _find_samples(model, X, fields, anomalies)
    return replace(found, grid=found.grid | {"anomalies": anomalies})


def _warn_if_zero(model):
    """Warn if the clusters do not differ in their anomalies."""
    project, design = model._projection, model.transformer_.regression_.design
    square = np.square(project.patterns).sum(axis=1) / project.total
    differ = square > ROUNDING * project.std  # False for an empty cluster
    if design.needs_time and model._n_clusters > 1 and not differ.any():
        warn(
            "The anomalies of all clusters are 0 up to rounding errors: "
            f"{design.describe()} removes the differences between the clusters.",
            UserWarning,
        )


def _find_centers(model, anomalies):
    """Return the decoded centres, and subtract the climatology if required."""
    values, grid = as_arrays(model.cluster_centers_, "cluster")
    if anomalies and model.transformer_.climatology is None:
        values = values - np.tensordot(model.weights_, values, axes=1)
    elif anomalies:
        values = values - _climatology(model, 1)
    return ClusterFields(values, grid)


def _climatology(model, n_samples, time=None):
    """Return the climatology at the times of samples."""
    zeros = np.zeros((n_samples, *model._feature_means.shape[1:]))
    normal = model.transformer_.inverse_transform(zeros, time=time)
    return as_arrays(normal, "sample" if time is None else time.dims[0])[0]


def _find_samples(model, X, fields, anomalies):
    """Return samples with their labels, and subtract the climatology if required."""
    dim, labels = model.dim, model.predict(X)
    if labels.dims != (dim,):
        raise ValueError(
            f"Maps need samples along {dim!r} only, got the dimensions {labels.dims}. "
            "Select one index of each other dimension."
        )
    data = model.transformer_.align(X)
    if isinstance(fields, np.ndarray):
        _, grid = as_arrays(data.isel({dim: [0]}), dim)
        values, grid = fields, {name: grid[name] for name in grid if name in AXES}
        if is_swapped(next(iter(data.data_vars.values()))):
            values = values.swapaxes(-2, -1)
    elif fields is not None:
        values, grid = as_arrays(fields_of(fields, dim), dim)
    else:
        values, grid = as_arrays(data, dim)
    time = times_of(data, dim, [dim])
    if fields is None and anomalies:
        needs_time = model.transformer_.regression_.design.needs_time
        normal = _climatology(model, len(labels), time if needs_time else None)
        values = values - normal
    time = None if time is None else time.values
    return ClusterFields(values, grid, labels.values, time)


def labelled_maps(fields, significant=None):
    """Arrange labelled fields as maps.

    Parameters
    ----------
    fields : DataArray or Dataset
        One map for each "cluster" and "lag" or, without these dimensions, for each
        point of the first of three dimensions.
    significant : DataArray, Dataset, ndarray or None
        Arranged in the same way if labelled.

    Returns
    -------
    values : ndarray of shape (n_maps, channels, height, width)
    significant : ndarray of bool of the same shape or None
    grid : dict
    """
    data = as_dataset(fields, "fields")
    if not data.data_vars:
        raise ValueError("fields must have at least one variable, got none.")
    first = next(iter(data.data_vars.values()))
    outer = [dim for dim in ("cluster", "lag") if dim in first.dims]
    if not outer and first.ndim > 2:
        outer = [first.dims[0]]
    if hasattr(significant, "coords"):
        significant, _ = _stacked(as_dataset(significant), outer)
    values, grid = _stacked(data, outer)
    return values, significant, grid


def names_of_maps(fields):
    """Return the names of the clusters of labelled maps, None for other dimensions."""
    data = as_dataset(fields, "fields")
    dims = next(iter(data.data_vars.values())).dims
    if "cluster" not in dims or "lag" in dims or "cluster" not in data.coords:
        return None
    clusters = data["cluster"]
    numbers = clusters.dtype.kind in "iu"
    return [f"cluster {k}" if numbers else str(k) for k in clusters.values]


def _stacked(data, outer):
    """Stack the outer dimensions of maps; return arrays and grid."""
    if not outer:
        return as_arrays(data.expand_dims("map"), "map")
    return as_arrays(data.stack({"map": outer}, create_index=False), "map")


def as_arrays(data, dim):
    """Stack the variables of a Dataset, and find their coordinates and names.

    Parameters
    ----------
    data : Dataset
    dim : str
        Dimension of the samples, put first.

    Returns
    -------
    values : ndarray of shape (n_samples, channels, height, width)
    grid : dict
        Coordinates, units and names.
    """
    first = next(iter(data.data_vars.values())).transpose(dim, ...)
    if first.ndim > 3:  # such as one level
        single = [name for name in first.dims[1:] if first.sizes[name] == 1]
        data = data.squeeze(single[: first.ndim - 3])
        first = first.squeeze(single[: first.ndim - 3])
    if first.ndim != 3:
        levels = dict.fromkeys(first.dims[1:-2], 0)
        hint = (
            f" Select one, for example with fields=X.isel({levels})." if levels else ""
        )
        raise ValueError(
            "Maps need fields of two dimensions (height, width), got the dimensions "
            f"{first.dims[1:]}.{hint}"
        )
    if is_swapped(first):
        first = first.transpose(dim, *first.dims[:0:-1])
    arrays = list(data.data_vars.values())
    values = np.stack([a.transpose(*first.dims).values for a in arrays], axis=1)
    grid = {
        "units": [array.attrs.get("units", "") for array in arrays],
        "quantity": [array.attrs.get("long_name", str(array.name)) for array in arrays],
        **_axes(first.isel({dim: 0}, drop=True)),
    }
    return values, grid


def is_swapped(array):
    """Check whether longitude precedes latitude in the last two dimensions."""
    return orientation_of(xr.Dataset(coords=array.coords), array.dims[-2:])[0]


def _axes(field):
    """Find x and y of a field of two dimensions, and their units."""
    found, names = {}, {}
    for axis, key, dim in zip("yx", ("latitude", "longitude"), field.dims, strict=True):
        names[axis] = find_coord(field, key, field.dims)
        found[axis] = field.coords.get(dim)
        if names[axis] and field[names[axis]].dims in (field.dims, (dim,)):
            found[axis] = field[names[axis]]
        elif names[axis] and field[names[axis]].ndim == 2:
            found[axis] = field[names[axis]].transpose(*field.dims)
    x, y = found["x"], found["y"]
    if x is None or y is None or x.ndim != y.ndim:
        return {}
    if x.name == names["x"] and y.name == names["y"]:
        return {"x": degrees(x), "y": degrees(y), "xy_units": "degrees"}
    same = x.attrs.get("units", "") == y.attrs.get("units", "")
    units = x.attrs.get("units", "") if same else ""
    return {"x": x.values, "y": y.values, "xy_units": units}
