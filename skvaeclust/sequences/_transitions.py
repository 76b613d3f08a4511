"""Test of preferred transitions against sequences of the same persistence."""

from numbers import Integral

import numpy as np
from scipy.stats import false_discovery_control
from sklearn.utils import check_random_state, check_scalar

from skvaeclust.sequences._sequence import labels_and_time, transition_counts


def preferred_transitions(
    labels, *, time=None, n_clusters=None, n_surrogates=1000, random_state=None
):
    r"""Test which transitions between different clusters are preferred or avoided.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Transitions from or to a sample
        without a cluster (-1) do not count.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`; transitions across gaps do not count.
    n_clusters : int, default=None
        Number of clusters; None takes the largest label plus 1.
    n_surrogates : int, default=1000
        Number of sequences that the counts are compared with.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Returns
    -------
    table : pandas.DataFrame
        One row per pair of different clusters, "from" and "to": "count", "expected",
        their "ratio", the two-sided "p_value", and "q_value", which controls the false
        discovery rate over all pairs [2]_.

    Notes
    -----
    The null is a sequence with the same persistence, and the same number of departures
    from each cluster, that has no preference for where it goes: the expected counts are
    :math:`e_{ij} = a_i b_j` for different i and j, with the observed sums over rows and
    columns (quasi-independence [1]_). Surrogates draw the departures of each cluster
    from that, and are fitted anew. The test statistic is
    :math:`|n_{ij} - e_{ij}| / \sqrt{e_{ij}}`.

    With two clusters there is nothing to prefer.

    References
    ----------
    .. [1] L. A. Goodman, "The analysis of cross-classified data: independence,
       quasi-independence, and interactions in contingency tables with or without
       missing entries", Journal of the American Statistical Association 63, 1968.
       :doi:`10.1080/01621459.1968.10480916`
    .. [2] Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", Journal of
       the Royal Statistical Society B 57, 1995.
       :doi:`10.1111/j.2517-6161.1995.tb02031.x`

    Examples
    --------
    A cycle of three clusters that never turns back:

    >>> import numpy as np
    >>> from skvaeclust.sequences import preferred_transitions
    >>> labels = np.repeat(np.tile([0, 1, 2], 20), 3)
    >>> table = preferred_transitions(labels, random_state=0)
    >>> table.loc[(0, 1), "count"], bool(table.loc[(0, 1), "p_value"] < 0.01)
    (np.int64(20), True)
    """
    import pandas as pd

    labels, time, n_clusters = labels_and_time(labels, time, n_clusters)
    check_scalar(n_surrogates, "n_surrogates", Integral, min_val=1)
    counts = transition_counts(labels, time=time, n_clusters=n_clusters)
    np.fill_diagonal(counts, 0)
    expected = _quasi_independent(counts[None])[0]
    rng = check_random_state(random_state)
    rows = counts.sum(axis=1)
    chances = np.divide(
        expected, rows[:, None], out=np.zeros_like(expected), where=rows[:, None] > 0
    )
    draws = np.stack(
        [
            rng.multinomial(n, _normal(chance), size=n_surrogates)
            for n, chance in zip(rows, chances, strict=True)
        ],
        axis=1,
    )
    null = _residual(draws, _quasi_independent(draws))
    found = _residual(counts, expected)
    reached = (null >= found - 1e-9).sum(axis=0)
    p = (1 + reached) / (1 + n_surrogates)
    i, j = np.nonzero(~np.eye(n_clusters, dtype=bool))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = counts / expected
    return pd.DataFrame(
        {
            "count": counts[i, j],
            "expected": expected[i, j],
            "ratio": ratio[i, j],
            "p_value": p[i, j],
            "q_value": false_discovery_control(p[i, j]) if len(i) else p[i, j],
        },
        index=pd.MultiIndex.from_arrays([i, j], names=["from", "to"]),
    )


def _normal(chance):
    """Divide by the sum, where it is not zero; multinomial draws want exactly 1."""
    total = chance.sum()
    return chance / total if total > 0 else np.eye(len(chance))[0]


def _residual(counts, expected):
    return np.abs(counts - expected) / np.sqrt(np.maximum(expected, 1e-12))


def _quasi_independent(counts, n_iter=50):
    """Fit a_i b_j off the diagonal to the sums over rows and columns."""
    n_clusters = counts.shape[-1]
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    fitted = np.ones(counts.shape) * ~np.eye(n_clusters, dtype=bool)
    for _ in range(n_iter):
        for axis, sums in ((-1, rows), (-2, columns)):
            total = fitted.sum(axis=axis)
            factor = np.divide(sums, total, out=np.zeros(total.shape), where=total > 0)
            fitted = fitted * np.expand_dims(factor, axis)
    return fitted
