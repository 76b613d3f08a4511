"""Mean fields of clusters."""

import numpy as np

from skvaeclust._arguments import check_flag
from skvaeclust._fields import as_array
from skvaeclust._labels import check_labels, is_labelled
from skvaeclust._steps import final_step, in_units_of_data, labelled_model
from skvaeclust.composites._labelled import align, as_fields, average


def cluster_means(X, labels, n_clusters=None, *, anomalies=False):
    """Average the fields of each cluster.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        Samples, in any unit; NaN on land.
    labels : array-like of int of shape (n_samples,) or DataArray
        Cluster of each sample. Samples without a cluster (-1) are ignored. A DataArray,
        such as ``labels_`` of :class:`~skvaeclust.xarray.FieldClustering`, is aligned
        with labelled X by the coordinates of its dimensions; samples that are not in
        both are ignored.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    anomalies : bool, default=False
        Whether to subtract the mean of all samples, including those without a cluster.

    Returns
    -------
    means : ndarray of shape (n_clusters, ...), DataArray or Dataset
        Means in the units of X; NaN on land and for clusters without samples. Samples
        without any value are left out. Labelled means have the dimension "cluster", and
        are lazy for dask arrays.

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
    check_flag(anomalies, "anomalies")
    if is_labelled(X):
        return _labelled_means(X, labels, n_clusters, anomalies)
    X = as_array(X, float)
    labels, n_clusters = check_labels(labels, len(X), n_clusters)
    present = ~np.isnan(X.reshape(len(X), -1)).all(axis=1)
    means = np.full((n_clusters, *X.shape[1:]), np.nan)
    for k in np.unique(labels[present & (labels >= 0)]):
        means[k] = X[present & (labels == k)].mean(axis=0)
    if anomalies and present.any():
        means -= X[present].mean(axis=0)
    return means


def _labelled_means(X, labels, n_clusters, anomalies):
    """Average labelled fields by cluster."""
    X, labels, dim = align(as_fields(X, load=False), labels)
    labels, n_clusters = check_labels(labels, len(labels), n_clusters)
    return average(X, labels, dim, n_clusters, anomalies)


def decoded_centers(estimator, *, anomalies=False):
    """Return the decoded centres of a model in the units of the data.

    Parameters
    ----------
    estimator : fitted VAEClustering, or a Pipeline, search or FieldClustering of one
        The model. Steps before it are inverted.
    anomalies : bool, default=False
        Whether to subtract the mean of the centres, weighted by their frequency.

    Returns
    -------
    centers : ndarray of shape (n_clusters, ...), or Dataset
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
    check_flag(anomalies, "anomalies")
    labelled = labelled_model(estimator)
    if labelled is not None:
        weights, centers = labelled.weights_, labelled.cluster_centers_
    else:
        model = final_step(
            estimator, ("cluster_centers_", "weights_"), "use cluster_means"
        )
        weights = model.weights_
        centers = in_units_of_data(estimator, model.cluster_centers_)
    if hasattr(centers, "data_vars") and "sample" in centers.dims:
        centers = centers.rename(sample="cluster")
    if not anomalies:
        return centers
    if hasattr(centers, "data_vars"):
        return centers.map(
            lambda field: field - np.tensordot(weights, field, axes=1), keep_attrs=True
        )
    return centers - np.tensordot(weights, centers, axes=1)
