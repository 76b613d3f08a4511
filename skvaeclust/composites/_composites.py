"""Composites of the members of clusters, and reconstructions from them."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_scalar

from skvaeclust._fields import Layout, as_array, on_one_thread, principal_components
from skvaeclust._labels import check_clusters
from skvaeclust._steps import as_final_step_sees, final_step, in_units_of_data


def cluster_means(X, labels, n_clusters=None):
    """Average the members of every cluster.

    An alternative is the decoded centre, ``cluster_centers_`` of
    :class:`~skvaeclust.VAEClustering`. The two differ if a cluster is not round: the
    mean over members smooths structures that the decoder can keep sharp.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Samples, in any unit; NaN on land.
    labels : array-like of shape (n_samples,)
        Cluster of every sample.
    n_clusters : int, default=None
        Number of clusters; None takes the largest label plus 1.

    Returns
    -------
    means : ndarray of shape (n_clusters, ...)
        Means in the units of X; NaN on land and for clusters without members.

    Raises
    ------
    ValueError
        If labels are not one integer from 0 to ``n_clusters - 1`` per sample.

    Examples
    --------
    >>> from skvaeclust.composites import cluster_means
    >>> cluster_means([[1.0, 5.0], [3.0, 5.0], [9.0, 7.0]], [0, 0, 1])
    array([[2., 5.],
           [9., 7.]])
    """
    X = as_array(X, float)
    labels, n_clusters = check_clusters(labels, len(X), n_clusters)
    means = np.full((n_clusters, *X.shape[1:]), np.nan)
    for k in np.unique(labels):
        means[k] = X[labels == k].mean(axis=0)
    return means


def core_members(estimator, X, n_sigma=1.0):
    r"""Find samples within a number of standard deviations of their cluster's centre.

    Parameters
    ----------
    estimator : fitted VAEClustering, or Pipeline or search that ends in one
        The fitted model.
    X : array-like of shape (n_samples, ...)
        Samples.
    n_sigma : float, default=1
        Radius of the core.

    Returns
    -------
    core : ndarray of bool of shape (n_samples,)
        Whether a sample is in the core of the cluster that ``predict`` gives it.

    Notes
    -----
    Distances are measured in standard deviations of p(z|k) (the Mahalanobis distance,
    since the covariance is diagonal): a sample is in the core if

    .. math:: \sum_j (z_j - \mu_{kj})^2 / \sigma_{kj}^2 \le n_\sigma^2,

    with z from ``transform``. For a Gaussian in D dimensions, the core with
    :math:`n_\sigma = 1` contains 68 % of the samples for D = 1, 39 % for 2, 20 % for 3
    and 9 % for 4: the distribution function of :math:`\chi^2_D` at :math:`n_\sigma^2`.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.composites import core_members
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> core_members(model, X).shape
    (90,)
    """
    check_scalar(n_sigma, "n_sigma", Real, min_val=0)
    labels = estimator.predict(X)
    model = final_step(estimator)
    offsets = np.asarray(estimator.transform(X)) - model.latent_means_[labels]
    squared = np.sum(offsets**2 / model.latent_variances_[labels], axis=1)
    return squared <= n_sigma**2


def _member_means(estimator, members):
    """Average the members of every cluster, as assigned by a model."""
    labels = estimator.predict(members)
    n_clusters = len(final_step(estimator, ("weights_",)).weights_)
    return cluster_means(members, labels, n_clusters)


def _hard_average(estimator, means, X):
    """Return the mean of the most probable cluster of each sample."""
    return means[estimator.predict(X)]


def _weighted_average(estimator, means, X):
    """Average the means of all clusters for each sample, weighted by q(k|x).

    The probability of clusters without members, which have no mean, goes to the others.
    """
    filled = np.flatnonzero(~np.isnan(means).reshape(len(means), -1).all(axis=1))
    q = estimator.predict_proba(X)[:, filled]
    return np.tensordot(q / q.sum(axis=1, keepdims=True), means[filled], axes=1)


@on_one_thread
def ensemble_reconstruction(estimator, X, *, X_train, weighted=False):
    """Reconstruct fields by the mean over the members of their cluster.

    Parameters
    ----------
    estimator : fitted VAEClustering, or Pipeline or search that ends in one
        Model that assigns X and X_train to clusters.
    X : array-like of shape (n_samples, ...)
        Fields to reconstruct, usually unseen ones.
    X_train : array-like of shape (n_train, ...)
        Fields to average, usually the training data.
    weighted : bool, default=False
        Whether to average the means of all clusters, weighted by q(k|x), instead of
        taking that of the most probable cluster.

    Returns
    -------
    fields : ndarray of shape (n_samples, ...)
        Fields in the units of X; NaN on land and for clusters without members.

    See Also
    --------
    reconstruction_errors : Compare with the decoder and with PCA.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.composites import ensemble_reconstruction
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X[:80])
    >>> ensemble_reconstruction(model, X[80:], X_train=X[:80]).shape
    (10, 2, 8, 9)
    """
    average = _weighted_average if weighted else _hard_average
    return average(estimator, _member_means(estimator, X_train), X)


def _principal_component_reconstruction(X_train, X, n_components):
    """Reconstruct X from the leading principal components of X_train."""
    owner = BaseEstimator()
    train, unseen = (as_array(a, float).reshape(len(a), -1) for a in (X_train, X))
    layout, rows = Layout.fit(owner, train)
    mean, components, _ = principal_components(rows)
    leading = components[:n_components]
    anomalies = layout.read(owner, unseen)[0] - mean
    return layout.write(mean + anomalies @ leading.T @ leading, np.shape(X)[1:])


@on_one_thread
def reconstruction_errors(estimator, X, *, X_train):
    r"""Compute the errors of four reconstructions, by cluster and overall.

    Parameters
    ----------
    estimator : fitted VAEClustering, or Pipeline or search that ends in one
        The fitted model.
    X : array-like of shape (n_samples, ...)
        Fields to reconstruct, usually unseen ones.
    X_train : array-like of shape (n_train, ...)
        The training data.

    Returns
    -------
    errors : pandas.DataFrame
        One row for each cluster with samples in X, and one for "all". The column
        "n_samples" is the number of samples. The others are root-mean-square errors
        over samples, channels and valid points, in the units of X:

        ======================  =======================================================
        "cluster mean"          average over the members of the sample's cluster
        "weighted mean"         means of all clusters, weighted by q(k|x)
        "decoder"               ``estimator.reconstruct``
        "principal components"  PCA of X_train with ``latent_dim`` components
        ======================  =======================================================

    See Also
    --------
    ensemble_reconstruction : Fields of the first two reconstructions.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.composites import reconstruction_errors
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X[:80])
    >>> errors = reconstruction_errors(model, X[80:], X_train=X[:80])
    >>> errors.loc["all", "n_samples"]
    np.int64(10)
    """
    import pandas as pd

    X = as_array(X, float)
    labels = estimator.predict(X)
    model = final_step(estimator)
    n_components = model.latent_means_.shape[1]
    decoded = model.reconstruct(as_final_step_sees(estimator, X))
    means = _member_means(estimator, X_train)
    fields = {
        "cluster mean": _hard_average(estimator, means, X),
        "weighted mean": _weighted_average(estimator, means, X),
        "decoder": in_units_of_data(estimator, decoded),
        "principal components": _principal_component_reconstruction(
            X_train, X, n_components
        ),
    }
    groups = {k: labels == k for k in np.unique(labels)} | {"all": labels >= 0}
    squares = {
        name: np.nanmean((field - X).reshape(len(X), -1) ** 2, axis=1)
        for name, field in fields.items()
    }
    rows = [
        {"n_samples": group.sum()}
        | {name: np.sqrt(values[group].mean()) for name, values in squares.items()}
        for group in groups.values()
    ]
    return pd.DataFrame(rows, pd.Index(list(groups), name="cluster"))
