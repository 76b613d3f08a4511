"""Labelled fields from rows: at the times of others, and surrogates."""

import numpy as np
import xarray as xr

from skvaeclust._coordinates._coords import coords_on
from skvaeclust._coordinates._time import times_of
from skvaeclust._grids._variables import as_dataset
from skvaeclust.xarray._evaluation import has_data
from skvaeclust.xarray._transformer import FieldTransformer


def restore(transformer, rows, data):
    """Invert the transformation of rows at the times of aligned data."""
    dim = transformer.dim
    time = times_of(data, dim, [dim]) if transformer.anomalies_.needs_time else None
    return transformer.inverse_transform(rows, time, dim=dim)


def labelled_surrogates(transformer, X, generate):
    """Make surrogates of labelled fields from those of their rows.

    Parameters
    ----------
    transformer : FieldTransformer
        Unfitted. The climatology and trend that it subtracts are added again.
    X : DataArray, Dataset or list of DataArrays
    generate : callable
        Returns surrogates (n_surrogates, n_samples, n_features) of rows.

    Returns
    -------
    surrogates : DataArray or Dataset
        On "surrogate" and the dimensions of X; NaN for samples without any value.
    """
    transformer.fit(X)
    data, dim = transformer.align(X), transformer.dim
    rows = np.asarray(transformer.apply(data, lazy=False))
    present = has_data(rows)
    coords, made = coords_on(data, [dim]).coords, []
    for surrogate in generate(rows[present]):
        rows[present] = surrogate
        fields = restore(transformer, rows, data)
        made.append(fields.drop_vars(dim, errors="ignore").assign_coords(coords))
    made = xr.concat(made, "surrogate")
    if not isinstance(X, xr.DataArray):
        return made
    (name,) = made.data_vars
    return made[name].transpose("surrogate", *X.dims).rename(X.name)


def surrogates_along_first(X, generate):
    """Make surrogates of labelled fields, whose first dimension is of the samples.

    Variables are scaled, so that each has the same weight in the components.
    """
    data = as_dataset(X)
    dim = next(iter(data.data_vars.values())).dims[0]
    scale = "variable" if len(data.data_vars) > 1 else None
    return labelled_surrogates(FieldTransformer(dim=dim, scale=scale), X, generate)
