"""Agreement of partitions, from their cluster centres (without torch)."""

from itertools import permutations

import numpy as np
from sklearn.utils import check_consistent_length

from skvaeclust._fields import as_array


def classifiability_index(partitions, *, mean=None):
    r"""Compute the agreement of partitions from the correlation of their centres.

    Parameters
    ----------
    partitions : sequence of ndarray of shape (n_clusters, ...)
        Cluster centres of two or more partitions of the same data: ``cluster_centers_``
        of several models, or :func:`restart_centers` of one. Points that are NaN
        (land) are ignored.
    mean : ndarray of shape (...), default=None
        Field to subtract for anomalies, such as the mean of the samples; None takes the
        mean of all centres.

    Returns
    -------
    index : float
        1 if all partitions are the same, lower if they differ.

    Notes
    -----
    For two partitions P and Q [1]_,

    .. math:: c(P, Q) = \min_k \max_l \; \mathrm{corr}(P_k, Q_l),

    the correlation of the worst of all best matches; the index is the mean of c over
    all ordered pairs. The correlation is that of anomalies,
    :math:`a \cdot b / (|a| |b|)`, and keeps its sign: opposite patterns do not match.

    References
    ----------
    .. [1] P.-A. Michelangeli, R. Vautard, B. Legras, "Weather regimes: recurrence and
       quasi stationarity", Journal of the Atmospheric Sciences 52, 1995.
       :doi:`10.1175/1520-0469(1995)052<1237:WRRAQS>2.0.CO;2`

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.model_selection import classifiability_index
    >>> centers = np.array([[1.0, 0.0], [-1.0, 0.0]])
    >>> classifiability_index([centers, 2 * centers[::-1]])
    1.0
    >>> turned = np.array([[0.0, 1.0], [0.0, -1.0]])
    >>> classifiability_index([centers, turned])
    0.0
    """
    if len(partitions) < 2:
        raise ValueError(
            f"The index compares two or more partitions, got {len(partitions)}."
        )
    flat = [np.reshape(centers, (len(centers), -1)) for centers in partitions]
    origin = np.concatenate(flat).mean(axis=0) if mean is None else np.ravel(mean)
    valid = np.isfinite(origin)
    anomalies = [(centers - origin)[:, valid] for centers in flat]
    units = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in anomalies]
    matches = [(p @ q.T).max(axis=1).min() for p, q in permutations(units, 2)]
    return float(np.mean(matches))


def restart_centers(estimator, X):
    """Average the fields of each cluster of each restart.

    Parameters
    ----------
    estimator : fitted VAEClustering
        With ``restart_labels_``.
    X : ndarray of shape (n_samples, ...)
        The samples to which it was fitted.

    Returns
    -------
    centers : list of ndarray of shape (n_clusters, ...)
        For each restart, the mean of the samples in each non-empty cluster.
    """
    X = as_array(X)
    check_consistent_length(X, estimator.restart_labels_[0])
    return [
        np.stack([X[labels == k].mean(axis=0) for k in np.unique(labels)])
        for labels in estimator.restart_labels_
    ]
