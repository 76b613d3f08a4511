"""Labelled fields in model selection: samples and surrogates."""

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import _num_samples

from skvaeclust._fields import HORIZONTAL
from skvaeclust._labels import first_dim, is_labelled


def sample_dim(X):
    """Return the first dimension of labelled X, which must be that of the samples."""
    dim = first_dim(X)
    if str(dim).lower() in HORIZONTAL:
        raise ValueError(
            f"The first dimension of X must be that of the samples, got {dim!r}. "
            "Transpose X, for example X.transpose('time', ...)."
        )
    return dim


def _first_step(estimator):
    return estimator.steps[0][1] if hasattr(estimator, "steps") else estimator


def match(estimator, X):
    """Make an estimator and data fit: labelled fields need a FieldClustering.

    Parameters
    ----------
    estimator : estimator
        An estimator of arrays is put into a FieldClustering if X is labelled.
    X : array-like or labelled fields

    Returns
    -------
    estimator : estimator
    X : ndarray, DataArray or Dataset
    dim : str or None
        Dimension of the samples; None for arrays.
    """
    if not is_labelled(X):
        return estimator, X, None
    if isinstance(X, list | tuple):
        from skvaeclust._grids._variables import as_dataset

        X = as_dataset(X)
    dim = getattr(_first_step(estimator), "dim", None)
    if dim is None:
        from skvaeclust.xarray import FieldClustering

        dim = sample_dim(X)
        estimator = FieldClustering(estimator, dim=dim)
    if dim not in X.sizes:
        raise ValueError(
            f"dim={dim!r} is not a dimension of X. Expected one of {[*X.sizes]}."
        )
    return estimator, X, dim


def flatten_fields(fields, like):
    """Flatten fields to rows, labelled ones in the order of the dimensions of others.

    Parameters
    ----------
    fields : ndarray, DataArray or Dataset
        One field per "cluster", or a single one.
    like : ndarray, DataArray or Dataset
        Fields that determine the order of variables and dimensions.

    Returns
    -------
    rows : ndarray of shape (n_clusters, n_points) or (1, n_points)
    """
    if not is_labelled(fields):
        return np.reshape(fields, (len(fields), -1))
    variables = like.data_vars if hasattr(like, "data_vars") else [None]
    rows = []
    for name in variables:
        array, first = (a if name is None else a[name] for a in (fields, like))
        for dim in first.dims:
            if dim in first.indexes and dim != "cluster":
                array = array.sel({dim: first.indexes[dim]})
        ordered = [dim for dim in ("cluster", *first.dims) if dim in array.dims]
        values = array.transpose(*dict.fromkeys(ordered)).values
        rows.append(values.reshape(array.sizes.get("cluster", 1), -1))
    return np.hstack(rows)


def n_samples(X, dim):
    """Return the number of samples."""
    return _num_samples(X) if dim is None else X.sizes[dim]


def take(X, dim, chosen):
    """Select samples by a boolean array."""
    return X[chosen] if dim is None else X.isel({dim: np.flatnonzero(chosen)})


def surrogate(estimator, X, dim, generator, seed):
    """Return one surrogate of X.

    For labelled fields, it is made from the anomalies that the estimator clusters.
    """
    if dim is None:
        return generator(X, random_state=seed)[0]
    from skvaeclust.xarray._surrogates import labelled_surrogates

    return labelled_surrogates(
        _transformer(estimator, X).set_params(output="rows"),
        X,
        lambda rows: generator(rows, random_state=seed),
    ).isel(surrogate=0)


def _transformer(estimator, X):
    """Return the unfitted FieldTransformer of an estimator."""
    first = _first_step(estimator)
    return first._make_transformer(X) if hasattr(first, "estimator") else clone(first)


def anomalies(estimator, X):
    """Return the anomalies of labelled X as rows, and a function that makes maps."""
    from skvaeclust.xarray._anomalies import anomaly_rows

    return anomaly_rows(_transformer(estimator, X), X)


def label_samples(values, X, dim):
    """Return values of the samples as a DataArray if X is labelled."""
    if dim is None:
        return values
    from skvaeclust.xarray._anomalies import on_samples

    return on_samples(values, X, dim)
