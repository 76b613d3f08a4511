"""Transitions between clusters: counts, probabilities, and a test of preference."""

import numpy as np
from scipy.stats import false_discovery_control
from sklearn.utils import check_random_state

from skvaeclust._arguments import as_numbers, check_integer
from skvaeclust.sequences._sequence import LabelSequence

MAX_SURROGATES = 100_000
BATCH = 2_000_000  # numbers in the surrogates of one batch
N_BISECTIONS = 100
TINY = np.finfo(float).tiny


def count_all(sequence):
    """Count transitions; the last row and column are samples without a cluster."""
    counts = np.zeros((sequence.n_clusters + 1,) * 2, dtype=int)
    before = sequence.labels[:-1][sequence.continues]
    after = sequence.labels[1:][sequence.continues]
    np.add.at(counts, (before, after), 1)
    return counts


def stay_probabilities(sequence):
    """Return the probability that the next sample belongs to the same cluster."""
    counts = count_all(sequence)  # a transition to "no cluster" leaves the cluster
    return np.diag(transition_probabilities(counts))[:-1]


def transition_counts(labels, *, time=None, n_clusters=None):
    """Count the transitions between clusters.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Transitions from or to a sample
        without a cluster (-1) are not counted.
    time : array-like of shape (n_samples,), default=None
        Increasing times: numbers, datetime64, or dates of any calendar (cftime). Steps
        longer than 1.5 times the median are gaps and are not counted. Default: the
        coordinate of a DataArray, or equal steps for other arrays.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.

    Returns
    -------
    counts : ndarray of int of shape (n_clusters, n_clusters)
        Number of transitions from the cluster of the row to that of the column.

    Raises
    ------
    ValueError
        If times do not increase or are not one per sample, or if labels have more than
        one dimension, such as ensemble members.

    Examples
    --------
    >>> from skvaeclust.sequences import transition_counts
    >>> transition_counts([0, 0, 1, 1, 0], time=[1, 2, 3, 4, 9])
    array([[1, 1],
           [0, 1]])
    """
    return count_all(LabelSequence.read(labels, time, n_clusters))[:-1, :-1]


def transition_probabilities(counts):
    """Divide transition counts by their row sums; rows without counts are NaN.

    Parameters
    ----------
    counts : array-like of int of shape (n_clusters, n_clusters)
        From :func:`transition_counts`.

    Returns
    -------
    probabilities : ndarray of shape (n_clusters, n_clusters)
        Probability of each cluster (column), given that of the previous sample (row).

    Raises
    ------
    ValueError
        If counts are not a square matrix, negative, or not finite.

    Examples
    --------
    >>> from skvaeclust.sequences import transition_probabilities
    >>> transition_probabilities([[1, 1], [0, 1]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    counts = _check_counts(counts)
    totals = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)


def _check_counts(counts):
    counts = as_numbers(counts, "counts")
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        hint = " Pass transition_counts(labels) of labels." if counts.ndim == 1 else ""
        raise ValueError(
            f"counts must be a square matrix, got the shape {counts.shape}.{hint}"
        )
    invalid = np.argwhere(~(counts >= 0) | np.isinf(counts))
    if len(invalid):
        i, j = invalid[0]
        raise ValueError(
            f"counts must be finite and >= 0, got counts[{i}, {j}]={counts[i, j]}."
        )
    return counts


def preferred_transitions(
    labels, *, time=None, n_clusters=None, n_surrogates=9999, random_state=None
):
    r"""Test which transitions between different clusters are preferred or avoided.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Transitions from or to a sample
        without a cluster (-1) are not counted.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`; transitions across gaps are not counted.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    n_surrogates : int, default=9999
        Number of surrogate tables of counts. Without ``random_state``, a p-value of
        0.05 varies by about 0.002 from call to call.
    random_state : int, RandomState instance or None, default=None
        Seed of the surrogates.

    Returns
    -------
    table : pandas.DataFrame
        One row per pair of different clusters, "from" and "to": "count", "expected",
        their "ratio", the two-sided "p_value", and "q_value", which controls the false
        discovery rate over all pairs [2]_.

    Notes
    -----
    Under the null hypothesis, the next cluster does not depend on the current one. The
    persistence and the number of departures from each cluster are those of the data.
    The expected counts are :math:`e_{ij} = a_i b_j` for different i and j, with the
    observed row and column sums (quasi-independence [1]_). Surrogates redistribute the
    departures of each cluster with these probabilities, and expected counts are fitted
    to each surrogate. The test statistic is
    :math:`|n_{ij} - e_{ij}| / \sqrt{e_{ij}}`.

    With two clusters there is only one destination, and all p-values are 1. With three,
    the row and column sums leave one degree of freedom: the six p-values are those of a
    single finding, which is that one of the two directions of rotation is preferred.

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
    A cycle of three clusters that never reverses:

    >>> import numpy as np
    >>> from skvaeclust.sequences import preferred_transitions
    >>> labels = np.repeat(np.tile([0, 1, 2], 20), 3)
    >>> table = preferred_transitions(labels, random_state=0)
    >>> table.loc[(0, 1), "count"], bool(table.loc[(0, 1), "p_value"] < 0.01)
    (np.int64(20), True)
    """
    import pandas as pd

    sequence = LabelSequence.read(labels, time, n_clusters)
    check_integer(n_surrogates, "n_surrogates", 1, MAX_SURROGATES)
    counts = count_all(sequence)[:-1, :-1]
    np.fill_diagonal(counts, 0)
    expected, p = np.zeros(counts.shape), np.ones(counts.shape)
    occurs = np.flatnonzero(counts.any(axis=0) | counts.any(axis=1))
    rng = check_random_state(random_state)
    if occurs.size:
        pairs = np.ix_(occurs, occurs)
        expected[pairs] = _quasi_independent(counts[pairs])
        p[pairs] = _p_values(counts[pairs], expected[pairs], n_surrogates, rng)
    i, j = np.nonzero(~np.eye(len(counts), dtype=bool))
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


def _p_values(counts, expected, n_surrogates, rng):
    """Return the fraction of surrogates whose residual is at least the observed one."""
    departures = counts.sum(axis=1)
    chances = expected / np.maximum(1, departures)[:, None]
    observed = _residuals(counts, expected) - 1e-9  # rounding errors
    n_large = np.ones(counts.shape)
    batch = max(1, BATCH // counts.size)
    for start in range(0, n_surrogates, batch):
        size = min(batch, n_surrogates - start)
        rows = [
            rng.multinomial(n, _normalize(chance), size=size)
            for n, chance in zip(departures, chances, strict=True)
        ]
        surrogates = np.stack(rows, axis=1)
        null = _residuals(surrogates, _quasi_independent(surrogates))
        n_large += (null >= observed).sum(axis=0)
    return n_large / (1 + n_surrogates)


def _normalize(chance):
    """Divide by the sum, since multinomial needs exactly 1; all zeros stay valid."""
    total = chance.sum()
    return chance / total if total > 0 else np.eye(len(chance))[0]


def _residuals(counts, expected):
    return np.abs(counts - expected) / np.sqrt(np.maximum(expected, 1e-12))


def _quasi_independent(counts):
    r"""Fit e_ij = a_i b_j off the diagonal to the row and column sums.

    With x_i = a_i b_i, rows sums r, column sums c and S = sum(a) sum(b), the sums are
    r_i = a_i sum(b) - x_i and c_i = b_i sum(a) - x_i. Hence
    x_i S = (r_i + x_i) (c_i + x_i) and S = sum(r) + sum(x): an equation for S alone,
    which bisection solves for every matrix of the stack. Iterative proportional fitting
    is slow where nearly all transitions are from or to one cluster.
    """
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    total, both = rows.sum(axis=-1), rows + columns
    smallest = (np.sqrt(rows) + np.sqrt(columns)) ** 2  # S that has real roots
    hub = smallest.argmax(axis=-1)
    is_hub = np.arange(counts.shape[-1]) == hub[..., None]
    beyond = total - (both * is_hub).sum(axis=-1)  # transitions without the hub

    def small_roots(S):
        half = S[..., None] - both
        square = np.maximum(half**2 - 4 * rows * columns, 0)
        return 2 * rows * columns / np.maximum(half + np.sqrt(square), TINY)

    def excess(S, large):
        """Return sum(r) + sum(x) - S, where x of the hub is the large root or not."""
        x = small_roots(S)
        others = np.where(is_hub, np.where(large[..., None], -x, 0), x).sum(axis=-1)
        small = total - S + (x * is_hub).sum(axis=-1)
        return others + np.where(large, beyond, small)

    low = np.maximum(smallest.max(axis=-1), total)
    large = excess(low, np.zeros(low.shape, dtype=bool)) < 0
    high = np.where(large, low + 4 * (1 + total) ** 2, 2 * total)
    for _ in range(N_BISECTIONS):
        middle = np.sqrt(low * high)
        below = (excess(middle, large) > 0) != large
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    S = np.sqrt(low * high)
    x = small_roots(S)
    x = np.where(is_hub & large[..., None], S[..., None] - both - x, x)
    product = (rows + x)[..., :, None] * (columns + x)[..., None, :]
    fitted = product / np.maximum(S, TINY)[..., None, None]
    pairs = is_hub[..., :, None] | is_hub[..., None, :]
    only_hub = np.where(is_hub[..., :, None], columns[..., None, :], rows[..., None])
    fitted = np.where((beyond == 0)[..., None, None], pairs * only_hub, fitted)
    return fitted * ~np.eye(counts.shape[-1], dtype=bool)
