"""Labelled fields as arrays to be drawn, with coordinates, units and names."""

import numpy as np

from skvaeclust.xarray._grid import as_dataset, fields_of
from skvaeclust.xarray._metadata import find_coords


def cluster_fields(model, X, fields, anomalies):
    """Return what maps of the clusters of a FieldClustering are made of.

    Parameters
    ----------
    model : FieldClustering
    X : labelled fields or None
        None takes the centres.
    fields : labelled fields, array or None
        Fields to average in place of X.
    anomalies : bool
        Whether to subtract the climatology.

    Returns
    -------
    fields : ndarray of shape (n_samples or n_clusters, channels, height, width)
    labels : ndarray of int of shape (n_samples,) or None
    params : dict
        Parameters of the display: coordinates, units, names, time.
    """
    values, labels, params = _cluster_fields(model, X, fields, anomalies)
    if anomalies and params["quantity"]:
        params["quantity"] = [f"{name} anomaly" for name in params["quantity"]]
    return values, labels, params


def _cluster_fields(model, X, fields, anomalies):
    """Return fields, labels and parameters; see `cluster_fields`."""
    transformer, dim = model.transformer_, model.dim
    if X is None:
        values, params = as_arrays(model.cluster_centers_, "cluster")
        if anomalies:
            zero = np.zeros((1, *model._feature_means.shape[1:]))
            mean, _ = as_arrays(transformer.inverse_transform(zero), "sample")
            values = values - mean
        return values, None, params
    labels = model.predict(X)
    if labels.dims != (dim,):
        raise ValueError(
            f"Maps need samples along {dim!r} alone, not along {labels.dims}. Select "
            "one of the others."
        )
    data = transformer.align(X)
    if isinstance(fields, np.ndarray):
        _, params = as_arrays(data.isel({dim: [0]}), dim)
        values, params = fields, params | {"units": "", "quantity": ""}
    elif fields is not None:
        values, params = as_arrays(fields_of(as_dataset(fields), dim), dim)
    else:
        values, params = as_arrays(data, dim)
    if fields is None and anomalies:
        zeros = np.zeros((len(labels), *model._feature_means.shape[1:]))
        time = data[dim] if dim in data.coords else None
        normal = transformer.inverse_transform(zeros, time=time)
        values = values - as_arrays(normal, next(iter(normal.dims)))[0]
    if dim in labels.coords:
        params["time"] = labels[dim].values
    return values, labels.values, params


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
    params : dict
    """
    first = next(iter(data.data_vars.values())).transpose(dim, ...)
    if first.ndim != 3:
        raise ValueError(f"Maps need a grid of two dimensions, not {first.dims[1:]}.")
    arrays = list(data.data_vars.values())
    values = np.stack([a.transpose(*first.dims).values for a in arrays], axis=1)
    params = {
        "units": [array.attrs.get("units", "") for array in arrays],
        "quantity": [array.attrs.get("long_name", str(array.name)) for array in arrays],
    }
    return values, params | _axes(first.isel({dim: 0}, drop=True))


def _axes(field):
    """Find x and y of a field of two dimensions, and their units."""
    y_dim, x_dim = field.dims
    found = {"x": field.coords.get(x_dim), "y": field.coords.get(y_dim)}
    longitudes = find_coords(field, "longitude", field.dims)
    latitudes = find_coords(field, "latitude", field.dims)
    for axis, names in (("x", longitudes), ("y", latitudes)):
        if names and field[names[0]].ndim == 2:
            found[axis] = field[names[0]].transpose(*field.dims)
    if found["x"] is None or found["y"] is None:
        return {}
    x, y = found["x"], found["y"]
    if x.ndim != y.ndim:
        return {}
    geographic = x.name in longitudes and y.name in latitudes
    same = x.attrs.get("units", "") == y.attrs.get("units", "")
    units = x.attrs.get("units", "") if same else ""
    return {
        "x": x.values,
        "y": y.values,
        "xy_units": "degrees" if geographic else units,
    }
