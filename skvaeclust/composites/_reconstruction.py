"""Reconstruction of fields from cluster means, and its errors."""

import numpy as np
from sklearn.base import BaseEstimator

from skvaeclust._arguments import check_flag
from skvaeclust._components import principal_components
from skvaeclust._fields import Layout, as_array
from skvaeclust._labels import is_labelled
from skvaeclust._steps import (
    as_final_step_sees,
    final_step,
    in_units_of_data,
    labelled_parts,
)
from skvaeclust._threads import on_one_thread
from skvaeclust.composites._labelled import as_fields, with_dims
from skvaeclust.composites._means import cluster_means


def mean_by_label(means, labels):
    """Return the mean of the cluster of each sample; NaN for the label -1."""
    fields = means[labels]
    fields[labels < 0] = np.nan
    return fields


def mean_by_probability(means, labels, q):
    """Average the means of all clusters for each sample, weighted by q(k|x).

    Clusters without a mean are left out, and the other probabilities are normalised to
    a sum of 1. Fields are NaN for the label -1.
    """
    filled = np.flatnonzero(~np.isnan(means).reshape(len(means), -1).all(axis=1))
    q = q[:, filled]
    total = q.sum(axis=1, keepdims=True)
    weights = np.divide(q, total, out=np.full_like(q, np.nan), where=total > 0)
    fields = np.tensordot(weights, means[filled], axes=1)
    fields[labels < 0] = np.nan
    return fields


def pca_reconstruction(X_train, X, n_components):
    """Reconstruct X from the leading principal components of X_train."""
    owner = BaseEstimator()
    train, unseen = (as_array(a, float).reshape(len(a), -1) for a in (X_train, X))
    layout, rows = Layout.fit(owner, train)
    mean, components, _ = principal_components(rows)
    leading = components[:n_components]
    anomalies = layout.read(owner, unseen)[0] - mean
    return layout.write(mean + anomalies @ leading.T @ leading, np.shape(X)[1:])


def mean_squares(fields, X):
    """Return the mean square of the error of each sample over its valid points."""
    squares = (fields - X).reshape(len(X), -1) ** 2
    mean = np.ma.array(squares, mask=np.isnan(squares)).mean(axis=1)
    return np.ma.filled(mean, np.nan)


def _training_means(estimator, X_train):
    labels = estimator.predict(X_train)
    n_clusters = len(final_step(estimator, ("weights_",)).weights_)
    return cluster_means(X_train, labels, n_clusters)


@on_one_thread
def ensemble_reconstruction(estimator, X, *, X_train, weighted=False):
    """Reconstruct each field by the mean of its cluster.

    Parameters
    ----------
    estimator : fitted VAEClustering, or a Pipeline, search or FieldClustering of one
        Model that assigns X and X_train to clusters.
    X : array-like of shape (n_samples, ...) or labelled fields
        Fields to reconstruct, usually unseen ones.
    X_train : array-like of shape (n_train, ...) or labelled fields
        Fields to average, usually the training data.
    weighted : bool, default=False
        Whether to average the means of all clusters, weighted by q(k|x), instead of
        taking the mean of the most probable cluster.

    Returns
    -------
    fields : ndarray of shape (n_samples, ...), DataArray or Dataset
        Fields in the units of X; NaN on land, for clusters without samples in X_train,
        and for samples without a cluster (-1).

    See Also
    --------
    reconstruction_errors : Compare with the decoder and with PCA.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.composites import ensemble_reconstruction
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X[:80])
    >>> ensemble_reconstruction(model, X[80:], X_train=X[:80]).shape
    (10, 2, 8, 9)
    """
    check_flag(weighted, "weighted")
    if is_labelled(X):
        return _labelled_reconstruction(estimator, X, X_train, weighted)
    means, labels = _training_means(estimator, X_train), estimator.predict(X)
    if weighted:
        return mean_by_probability(means, labels, estimator.predict_proba(X))
    return mean_by_label(means, labels)


def _labelled_reconstruction(estimator, X, X_train, weighted):
    """Reconstruct labelled fields, in the type and the dimensions of X."""
    X, X_train = as_fields(X), as_fields(X_train, name="X_train")
    n_clusters = len(final_step(estimator, ("weights_",)).weights_)
    dim = labelled_parts(estimator)[0].dim
    labels, in_training = (
        with_dims(estimator.predict(data), data, dim) for data in (X, X_train)
    )
    means = cluster_means(X_train, in_training, n_clusters)
    if weighted:
        filled = np.unique(in_training.values[in_training.values >= 0])
        q = with_dims(estimator.predict_proba(X), X, dim).isel(cluster=filled)
        weights = q / q.sum("cluster")
        fields = (weights * means.isel(cluster=filled)).sum("cluster", skipna=False)
    else:
        fields = means.isel(cluster=labels.where(labels >= 0, 0)).drop_vars("cluster")
    fields = fields.where(labels >= 0)
    if not hasattr(X, "data_vars"):
        return fields.transpose(*X.dims).rename(X.name).assign_attrs(X.attrs)
    return fields.map(
        lambda field: field.transpose(*X[field.name].dims).assign_attrs(
            X[field.name].attrs
        )
    )


@on_one_thread
def reconstruction_errors(estimator, X, *, X_train):
    """Compute the errors of four reconstructions, by cluster and overall.

    Parameters
    ----------
    estimator : fitted VAEClustering, or a Pipeline, search or FieldClustering of one
        The fitted model.
    X : array-like of shape (n_samples, ...) or labelled fields
        Fields to reconstruct, usually unseen ones.
    X_train : array-like of shape (n_train, ...) or labelled fields
        The training data.

    Returns
    -------
    errors : pandas.DataFrame
        One row for each label in X, and one, "all", for all samples with a cluster. The
        column "n_samples" is the number of samples. The others are root-mean-square
        errors over samples, channels and valid points, in the units of X:

        ======================  =======================================================
        "cluster mean"          mean of the sample's cluster
        "weighted mean"         means of all clusters, weighted by q(k|x)
        "decoder"               ``estimator.reconstruct``
        "principal components"  PCA of X_train with ``latent_dim`` components
        ======================  =======================================================

        The first two are NaN for samples without a cluster (-1). For several labelled
        variables, "variable" is the first level of the index.

    See Also
    --------
    ensemble_reconstruction : Fields of the first two reconstructions.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.composites import reconstruction_errors
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X[:80])
    >>> errors = reconstruction_errors(model, X[80:], X_train=X[:80])
    >>> errors.loc["all", "n_samples"]
    np.int64(10)
    """
    import pandas as pd

    if is_labelled(X):
        tables = _labelled_errors(estimator, X, X_train)
        several = len(tables) > 1
        names = ["variable", "cluster"]
        (table, *_) = tables.values()
        return pd.concat(tables, names=names) if several else table
    X = as_array(X, float)
    means, labels = _training_means(estimator, X_train), estimator.predict(X)
    model = final_step(estimator)
    decoded = model.reconstruct(as_final_step_sees(estimator, X))
    n_components = model.latent_means_.shape[1]
    fields = {
        "cluster mean": mean_by_label(means, labels),
        "weighted mean": mean_by_probability(means, labels, estimator.predict_proba(X)),
        "decoder": in_units_of_data(estimator, decoded),
        "principal components": pca_reconstruction(X_train, X, n_components),
    }
    return _errors_by_cluster(fields, X, labels)


def _errors_by_cluster(fields, X, labels):
    """Return the table of errors of reconstructions, by name."""
    import pandas as pd

    squares = {name: mean_squares(values, X) for name, values in fields.items()}
    groups = {k: labels == k for k in np.unique(labels)}
    if (labels >= 0).any():
        groups["all"] = labels >= 0
    rows = [
        {"n_samples": group.sum()}
        | {name: np.sqrt(values[group].mean()) for name, values in squares.items()}
        for group in groups.values()
    ]
    return pd.DataFrame(rows, pd.Index(list(groups), name="cluster"))


def _labelled_errors(estimator, X, X_train):
    """Return the table of errors of each variable of labelled fields.

    Samples without any value are left out.
    """
    from skvaeclust.xarray._surrogates import restore

    transformer, inner = labelled_parts(estimator)
    model, grid = final_step(estimator), transformer.grid_
    train, data = transformer.align(X_train), transformer.align(X)
    if grid.sample_dims(data) != [transformer.dim]:
        raise ValueError(
            f"X must have samples along {transformer.dim!r} only, got "
            f"{grid.sample_dims(data)}. Select one index of each other dimension."
        )
    seen, in_training = (
        np.asarray(transformer.apply(d, lazy=False)) for d in (data, train)
    )
    present, kept = (_has_data(rows) for rows in (seen, in_training))
    data = data.isel({transformer.dim: present})
    seen, in_training = seen[present], in_training[kept]
    labels, q = np.asarray(inner.predict(seen)), np.asarray(inner.predict_proba(seen))
    rows, train = (np.asarray(grid.rows(d), float) for d in (data, train))
    train = train[kept]
    means = cluster_means(train, inner.predict(in_training), len(model.weights_))
    decoded = model.reconstruct(as_final_step_sees(inner, seen))
    components = pca_reconstruction(in_training, seen, model.latent_means_.shape[1])
    fields = {
        "cluster mean": mean_by_label(means, labels),
        "weighted mean": mean_by_probability(means, labels, q),
        "decoder": in_units_of_data(inner, decoded),
        "principal components": components,
    }
    for name in ("decoder", "principal components"):
        restored = restore(transformer, fields[name], data)
        fields[name] = grid.rows(grid.align(restored))
    n_variables, tables = len(grid.variables), {}
    for i, variable in enumerate(grid.variables):
        of_variable = [np.split(a, n_variables, axis=1)[i] for a in fields.values()]
        X = np.split(rows, n_variables, axis=1)[i]
        pairs = dict(zip(fields, of_variable, strict=True))
        tables[variable] = _errors_by_cluster(pairs, X, labels)
    return tables


def _has_data(rows):
    return ~np.isnan(rows.reshape(len(rows), -1)).all(axis=1)
