"""Agreement of partitions, from their cluster centres."""

from itertools import permutations

import numpy as np

from skvaeclust._components import unit_of
from skvaeclust._fields import as_array
from skvaeclust._labels import is_labelled
from skvaeclust._resampling._labelled import flatten_fields
from skvaeclust._words import shown


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

    Raises
    ------
    ValueError
        If a partition has fewer than 2 clusters with data, or values that are not real
        numbers.

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
    is_sequence = isinstance(partitions, list | tuple | np.ndarray)
    if not is_sequence or len(partitions) < 2:
        raise ValueError(
            f"partitions must be two or more partitions, got {shown(partitions)}."
        )
    flat = [
        _centers(centers, partitions[0], f"partitions[{i}]")
        for i, centers in enumerate(partitions)
    ]
    origin = np.concatenate(flat).mean(axis=0)
    if mean is not None:
        mean = flatten_fields(mean, like=partitions[0]) if is_labelled(mean) else mean
        mean = _real(mean, "mean").ravel()
        _check_size(mean, len(origin), "mean")
        origin = origin * 0 + mean
    valid = ~np.isnan(origin)
    if not valid.any():
        raise ValueError("partitions have no point that is not NaN in any centre.")
    units = []
    for i, centers in enumerate(flat):
        anomalies = (centers - origin)[:, valid]
        anomalies /= unit_of(anomalies)  # squares do not overflow
        norms = np.linalg.norm(anomalies, axis=1, keepdims=True)
        if not norms.all():
            raise ValueError(
                f"A centre of partitions[{i}] is equal to the mean, so that its "
                "correlation is undefined."
            )
        units.append(anomalies / norms)
    matches = [(p @ q.T).max(axis=1).min() for p, q in permutations(units, 2)]
    return float(np.mean(matches))


def _real(values, name):
    """Return values as an array of real numbers, finite or NaN."""
    values = np.asarray(values)
    if values.dtype.kind not in "biuf" or np.isinf(values).any():
        found = "inf" if values.dtype.kind == "f" else f"the type {values.dtype}"
        raise ValueError(f"{name} must hold real numbers or NaN, got {found}.")
    return values.astype(float)


def _check_size(values, n_points, name):
    """Check the number of points of a field."""
    if values.shape[-1] != n_points:
        raise ValueError(
            f"{name} must have the {n_points} points of partitions[0], got "
            f"{values.shape[-1]}."
        )


def _centers(centers, like, name):
    """Return the centres of a partition as rows, without empty clusters."""
    if not is_labelled(centers):
        centers = as_array(centers, float, name)
        if centers.ndim < 2:
            raise ValueError(
                f"{name} must be an array of shape (n_clusters, ...), got the shape "
                f"{centers.shape}."
            )
    rows = _real(flatten_fields(centers, like), name)
    _check_size(rows, flatten_fields(like, like).shape[1], name)
    rows = rows[~np.isnan(rows).all(axis=1)]
    if len(rows) < 2:
        raise ValueError(
            f"{name} must have at least 2 clusters with data, got {len(rows)}."
        )
    return rows
