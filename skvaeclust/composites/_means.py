"""Mean fields of clusters."""

import numpy as np

from skvaeclust._fields import as_array
from skvaeclust._labels import check_labels
from skvaeclust._steps import final_step, in_units_of_data


def cluster_means(X, labels, n_clusters=None, *, anomalies=False):
    """Average the fields of each cluster.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Samples, in any unit; NaN on land.
    labels : array-like of int of shape (n_samples,)
        Cluster of each sample. Samples without a cluster (-1) are ignored.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    anomalies : bool, default=False
        Whether to subtract the mean of all samples.

    Returns
    -------
    means : ndarray of shape (n_clusters, ...)
        Means in the units of X; NaN on land and for clusters without samples.

    Notes
    -----
    The decoded centres, ``cluster_centers_`` of :class:`~skvaeclust.VAEClustering`, are
    an alternative. If a cluster lies on a curved manifold, they can keep sharp
    structures that the mean smooths out.

    Examples
    --------
    >>> from skvaeclust.composites import cluster_means
    >>> cluster_means([[1.0, 5.0], [3.0, 5.0], [9.0, 7.0]], [0, 0, 1])
    array([[2., 5.],
           [9., 7.]])
    """
    X = as_array(X, float)
    labels, n_clusters = check_labels(labels, len(X), n_clusters)
    means = np.full((n_clusters, *X.shape[1:]), np.nan)
    for k in np.unique(labels[labels >= 0]):
        means[k] = X[labels == k].mean(axis=0)
    return means - X.mean(axis=0) if anomalies else means


def decoded_centers(estimator, *, anomalies=False):
    """Return the decoded centres of a model in the units of the data.

    Parameters
    ----------
    estimator : fitted VAEClustering, or Pipeline or search that ends in one
        The model. Steps before it are inverted.
    anomalies : bool, default=False
        Whether to subtract the mean of the centres, weighted by their frequency.

    Returns
    -------
    centers : ndarray of shape (n_clusters, ...)
        Centres in the units of the data; NaN on land.

    See Also
    --------
    cluster_means : Means over the samples of each cluster.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.composites import decoded_centers
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> decoded_centers(model, anomalies=True).shape
    (3, 2, 8, 9)
    """
    model = final_step(estimator, ("cluster_centers_", "weights_"))
    centers = in_units_of_data(estimator, model.cluster_centers_)
    if anomalies:
        centers = centers - np.tensordot(model.weights_, centers, axes=1)
    return centers
