"""Anomalies of labelled fields as rows, and maps of the clusters from such rows."""

import numpy as np
import xarray as xr

from skvaeclust._coordinates._coords import coords_on
from skvaeclust.xarray._results import anomaly_maps, cluster_coord


def on_samples(values, X, dim):
    """Return values of the samples as a DataArray with the coordinates of X."""
    return xr.DataArray(values, coords_on(X, [dim]).coords, [dim])


def anomaly_rows(transformer, X):
    """Return the anomalies that an estimator clusters, before any components.

    Parameters
    ----------
    transformer : FieldTransformer
        Unfitted, with the climatology, trend, scale and weights of the estimator.
    X : DataArray, Dataset or list of DataArrays

    Returns
    -------
    rows : ndarray of shape (n_samples, n_valid)
        NaN for samples without any value.
    as_maps : callable
        Converts values (n_clusters, n_valid) to the type of X, on "cluster" and the
        grid; NaN on land. With ``in_units=True``, scaled and weighted anomalies become
        anomalies in the units of X.
    """
    transformer.set_params(n_components=None, output="rows").fit(X)
    rows = np.asarray(transformer.apply(transformer.align(X), lazy=False))

    def as_maps(values, in_units=False):
        clusters = cluster_coord(len(values))
        if in_units:
            maps = anomaly_maps(transformer, values, clusters)
        else:  # of the sign
            maps = transformer.to_fields(values, ["cluster"], [len(values)])
            maps = maps.assign_coords(cluster=clusters)
            for name in maps.data_vars:
                maps[name].attrs = {"long_name": "sign agreement", "units": "1"}
        return maps[next(iter(maps))] if isinstance(X, xr.DataArray) else maps

    return rows, as_maps
