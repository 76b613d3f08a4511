"""Test of the mean fields of clusters."""

import numpy as np

from skvaeclust._arguments import check_flag
from skvaeclust._fields import as_array
from skvaeclust._labels import check_labels, is_labelled
from skvaeclust._threads import on_one_thread
from skvaeclust.composites._clustered import warn_if_clustered
from skvaeclust.composites._labelled import (
    align,
    as_fields,
    numbers,
    read_segments,
    stack_channels,
    time_last,
)
from skvaeclust.composites._memory_in_time import count_gaps
from skvaeclust.composites._significance import check_alpha, compare_with_record
from skvaeclust.sequences._runs import warn_about_pieces
from skvaeclust.sequences._sequence import time_of


@on_one_thread
def cluster_significance(
    X, labels, n_clusters=None, *, time=None, alpha=0.05, independent=False
):
    """Test where cluster means differ significantly from the mean of all samples.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        Samples in order of time, in any unit; NaN on land. Dask arrays are loaded into
        memory.
    labels : array-like of int of shape (n_samples,) or DataArray
        Cluster of each sample. Samples without a cluster (-1) are only in the mean of
        all samples.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    time : array-like of shape (n_samples,), default=None
        Times of the samples, increasing. A step longer than 1.5 times the median is a
        gap. Default: the times of labelled X or labels, or equal steps.
    alpha : float, default=0.05
        False discovery rate over the points of all maps.
    independent : bool, default=False
        Whether samples are independent of each other, such as events that are far
        apart. Their order has no meaning then.

    Returns
    -------
    significant : ndarray of bool of shape (n_clusters, ...), DataArray or Dataset
        Whether the mean of the cluster differs significantly. All channels are tested
        together and share the result.

    Warns
    -----
    UserWarning
        If labels of :class:`~skvaeclust.xarray.FieldClustering` show that X is the
        variable that was clustered, if a cluster has fewer than three separate runs in
        time, or if samples have several dimensions.

    See Also
    --------
    cluster_means : The means.
    lead_lag_composites : The test, at lags from events; its Notes describe the method.
    skvaeclust.model_selection.cluster_stability : For the fields that were clustered.

    Notes
    -----
    The test does not apply to the fields in which the clusters were found: their means
    differ by construction, and the test finds nearly all points significant in pure
    noise. For labels in plain arrays, nothing shows this.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.composites import cluster_significance
    >>> X = np.random.default_rng(1).standard_normal((60, 1, 1, 3))
    >>> labels = np.arange(60) % 2
    >>> X[labels == 1, :, :, 2] += 3
    >>> cluster_significance(X, labels, independent=True)[1, 0]
    array([[False, False,  True]])
    """
    check_alpha(alpha)
    check_flag(independent, "independent")
    if is_labelled(X):
        return _labelled_significance(X, labels, n_clusters, time, alpha, independent)
    X = as_array(X, float)
    if time is None and not independent:
        time = time_of(labels)
    labels, n_clusters = check_labels(labels, len(X), n_clusters)
    segments = count_gaps(time, len(X))
    return _find_significant(X, labels, n_clusters, segments, alpha, independent)


def _find_significant(X, labels, n_clusters, segments, alpha, independent):
    """Test the means of clusters."""
    if not independent:
        warn_about_pieces(labels, n_clusters)
    counts = (labels == np.arange(n_clusters)[:, None]).astype(int)
    return compare_with_record(X, counts, segments, alpha, independent=independent)[0]


def _labelled_significance(X, labels, n_clusters, time, alpha, independent):
    """Test the means of clusters of labelled fields."""
    X = as_fields(X)
    warn_if_clustered(X, labels)
    X, labels, dim = align(X, time_last(labels))
    labels, n_clusters = check_labels(labels, len(labels), n_clusters)
    values, restore = stack_channels(X, dim)
    order, segments = slice(None), np.zeros(len(values), dtype=int)
    if time is not None:
        segments = count_gaps(time, len(values))
    elif not independent:
        order, segments = read_segments(X, dim)
    found = _find_significant(
        values[order], labels[order], n_clusters, segments, alpha, independent
    )
    coords = {"cluster": numbers(len(found))}
    found = restore(found[:, None], keep_attrs=False).isel(lag=0)
    return found.assign_coords(coords)
