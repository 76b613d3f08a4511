"""Agreement of partitions, from their cluster centres."""

from itertools import permutations

import numpy as np

from skvaeclust._labels import is_labelled
from skvaeclust.model_selection._labelled import as_rows


def classifiability_index(partitions, *, mean=None):
    r"""Compute the agreement of partitions from the correlation of their centres.

    Parameters
    ----------
    partitions : sequence of ndarray of shape (n_clusters, ...), DataArray or Dataset
        Cluster centres of two or more partitions of the same data, for example
        ``cluster_centers_`` of several models. Points that are NaN (land) are ignored,
        and so are centres that are NaN everywhere (empty clusters).
    mean : ndarray of shape (...), DataArray or Dataset, default=None
        Field to subtract from the centres, for example the mean of the samples.
        Default: the mean of all centres.

    Returns
    -------
    index : float
        1 if all partitions are the same, lower if they differ.

    See Also
    --------
    skvaeclust.composites.cluster_means : Centres of any partition, such as a row of
        ``restart_labels_``.

    Notes
    -----
    The similarity of two partitions P and Q [1]_ is

    .. math:: c(P, Q) = \min_k \max_l \; \mathrm{corr}(P_k, Q_l),

    the minimum over the centres of P of the correlation with the best-matching centre
    of Q. The index is the mean of c over all ordered pairs. The correlation is that of
    anomalies, :math:`a \cdot b / (|a| |b|)`; it is negative for opposite patterns.

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
            f"partitions must be two or more partitions, got {len(partitions)}."
        )
    flat = [as_rows(centers, like=partitions[0]) for centers in partitions]
    flat = [rows[~np.isnan(rows).all(axis=1)] for rows in flat]
    origin = np.concatenate(flat).mean(axis=0)
    if mean is not None:
        labelled = is_labelled(mean)
        origin = np.ravel(as_rows(mean, like=partitions[0]) if labelled else mean)
    valid = np.isfinite(origin)
    anomalies = [(centers - origin)[:, valid] for centers in flat]
    units = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in anomalies]
    matches = [(p @ q.T).max(axis=1).min() for p, q in permutations(units, 2)]
    return float(np.mean(matches))
