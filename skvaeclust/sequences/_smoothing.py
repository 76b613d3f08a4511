"""Smoothing of cluster probabilities in time by a hidden Markov model."""

from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skvaeclust._arguments import as_numbers, check_flag
from skvaeclust._labels import check_n_clusters
from skvaeclust._warnings import warn
from skvaeclust._words import shown
from skvaeclust.sequences._sequence import read_time, without_gap

MAX_ITER = 200
TOLERANCE = 1e-6  # of the mean log-likelihood of samples
TINY = np.finfo(float).tiny
ROUNDING = 1e-3  # of sums of probabilities in single precision


def smooth_probabilities(
    probabilities, *, time=None, transitions=None, prior=None, return_transitions=False
):
    r"""Compute the probability of each cluster, given all samples of a sequence.

    A clusterer treats each sample separately. Here, the clusters are the states of a
    hidden Markov model. Neighbouring samples change the probabilities of ambiguous
    samples, and have little effect on clear ones. Fields are not filtered in time.

    Parameters
    ----------
    probabilities : array-like or DataArray of shape (n_samples, n_clusters)
        q(k|x) of every sample in order of time, from ``predict_proba``. A row of NaN is
        a sample without a cluster: it carries no information, and remains NaN.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`; a new chain starts after a gap.
    transitions : float or array-like of shape (n_clusters, n_clusters), default=None
        Probability of each cluster (column), given that of the previous sample (row).
        A number is the probability of staying; all other clusters are then equally
        probable. Default: estimated from the samples.
    prior : array-like of shape (n_clusters,), default=None
        Prior p(k) of q(k|x), for example ``weights_`` of a GaussianMixture. Default:
        1 / n_clusters, the prior of :class:`~skvaeclust.VAEClustering`.
    return_transitions : bool, default=False
        Whether to also return the matrix of transition probabilities.

    Returns
    -------
    smoothed : ndarray or DataArray of shape (n_samples, n_clusters)
        :math:`q(k_t | x_1, \dots, x_T)`, with the coordinates of the input.
    transitions : ndarray of shape (n_clusters, n_clusters)
        Transition probabilities. Only if ``return_transitions`` is True.

    Raises
    ------
    ValueError
        If shapes do not match, rows are negative or do not sum to 1, times do not
        increase, or a sample is impossible under the given transitions.

    Warns
    -----
    ConvergenceWarning
        If the estimated transitions do not converge in 200 iterations.

    See Also
    --------
    transition_probabilities : Estimate from labels.

    Notes
    -----
    The model is

    .. math:: p(x, k) = \prod_t A_{k_{t-1} k_t} \, p(x_t | k_t), \qquad
        p(x_t | k) \propto q(k | x_t) / p(k),

    with the prior p(k) in place of :math:`A` for the first sample and after a gap. The
    forward-backward algorithm [1]_ sums over all sequences of clusters. If transitions
    are not given, expectation maximisation (Baum-Welch [1]_) starts from equal
    probabilities and stops when the mean log-likelihood of the samples increases by
    less than 1e-6.

    Regime probabilities that use the previous day were introduced in [2]_; here, later
    days are used as well. In [3]_, persistence is a constraint on the clustering
    itself. The model assumes that samples are independent, given their clusters. If
    anomalies within a cluster also persist for days, the result is overconfident. Long
    residence times after smoothing are not evidence of persistence, because the model
    assumes persistence.

    References
    ----------
    .. [1] L. R. Rabiner, "A tutorial on hidden Markov models and selected applications
       in speech recognition", Proceedings of the IEEE 77, 257-286, 1989.
       :doi:`10.1109/5.18626`
    .. [2] S. K. J. Falkena, J. de Wiljes, A. Weisheimer, T. G. Shepherd, "A Bayesian
       approach to atmospheric circulation regime assignment", Journal of Climate 36,
       8619-8636, 2023. :doi:`10.1175/JCLI-D-22-0419.1`
    .. [3] S. K. J. Falkena, J. de Wiljes, A. Weisheimer, T. G. Shepherd, "Revisiting
       the identification of wintertime atmospheric circulation regimes in the
       Euro-Atlantic sector", Quarterly Journal of the Royal Meteorological Society 146,
       2801-2814, 2020. :doi:`10.1002/qj.3818`

    Examples
    --------
    An ambiguous day between clear ones, and another one after a gap:

    >>> from skvaeclust.sequences import smooth_probabilities
    >>> q = [[0.9, 0.1], [0.4, 0.6], [0.9, 0.1], [0.4, 0.6]]
    >>> smoothed = smooth_probabilities(q, time=[1, 2, 3, 9], transitions=0.8)
    >>> smoothed.round(2).tolist()
    [[0.93, 0.07], [0.84, 0.16], [0.93, 0.07], [0.4, 0.6]]
    """
    check_flag(return_transitions, "return_transitions")
    labelled = hasattr(probabilities, "dims") and not hasattr(
        probabilities, "data_vars"
    )
    if labelled and "cluster" in probabilities.dims:
        probabilities = probabilities.transpose(..., "cluster")
    q = check_distributions(probabilities, "probabilities", allow_nan=True)
    n_samples, n_clusters = q.shape
    check_n_clusters(n_clusters)
    prior = np.full(n_clusters, 1 / n_clusters) if prior is None else prior
    prior = check_distributions(prior, "prior", (n_clusters,))
    if (prior == 0).any():
        raise ValueError(f"prior must be > 0 for every cluster, got {prior}.")
    unassigned = np.isnan(q[:, 0])
    q[unassigned] = prior
    time, of_time = read_time(probabilities, time, "probabilities")
    steps = _Steps.between_gaps(without_gap(time, n_samples, of_time))
    emission = (q / prior)[steps.order]
    emission /= emission.max(axis=1, keepdims=True)
    if transitions is None:
        transitions = _estimate(emission, prior, steps)
    else:
        transitions = _check_transitions(transitions, n_clusters)
    posterior = _forward_backward(emission, prior, transitions, steps)[0]
    smoothed = np.empty_like(posterior)
    smoothed[steps.order] = posterior
    smoothed[unassigned] = np.nan
    if labelled:
        smoothed = probabilities.copy(data=smoothed)
    return (smoothed, transitions) if return_transitions else smoothed


def check_distributions(values, name, shape=None, *, allow_nan=False):
    """Check that rows are distributions, or all NaN; return them with a sum of 1."""
    values = as_numbers(values, name)
    any_shape = values.ndim == 2 and values.size > 0
    if not (any_shape if shape is None else values.shape == shape):
        raise ValueError(
            f"{name} must have the shape {shape or '(n_samples, n_clusters)'}, got "
            f"{values.shape}."
        )
    totals = values.sum(axis=-1, keepdims=True)
    valid = (values >= 0).all(axis=-1, keepdims=True) & (abs(totals - 1) <= ROUNDING)
    if allow_nan:
        valid |= np.isnan(values).all(axis=-1, keepdims=True)
    if not valid.all():
        row = np.atleast_2d(values)[valid.ravel().argmin()]
        raise ValueError(f"{name} must be >= 0 and have the sum 1, got {row}.")
    return values / totals


def _check_transitions(transitions, n_clusters):
    """Check a matrix of transitions, or make one from the probability of staying."""
    if not isinstance(transitions, Real) or isinstance(transitions, bool):
        return check_distributions(transitions, "transitions", (n_clusters,) * 2)
    if not 0 < transitions < 1:
        raise ValueError(
            f"transitions={shown(transitions)} must be a matrix, or a number strictly "
            "between 0 and 1."
        )
    leave = (1 - transitions) / max(1, n_clusters - 1)
    matrix = np.where(np.eye(n_clusters, dtype=bool), transitions, leave)
    return matrix / matrix.sum(axis=1, keepdims=True)


class _Steps(NamedTuple):
    """Samples sorted by their position in a record without gaps.

    The recursions then advance all records together: one step per position.

    Parameters
    ----------
    order : ndarray of int of shape (n_samples,)
        Indices of the samples: those at the start of each record, then those at its
        second position, and so on. Longer records come first.
    pairs : list of (slice, slice)
        Sorted samples of a position that have a successor, and these successors.
    previous : ndarray of int of shape (n_transitions,)
        Predecessors of the last n_transitions sorted samples.
    """

    order: np.ndarray
    pairs: list
    previous: np.ndarray

    @classmethod
    def between_gaps(cls, continues):
        """Sort samples, given whether each but the last is followed without a gap."""
        starts = np.append(True, ~continues)
        record, first = np.cumsum(starts) - 1, np.flatnonzero(starts)
        lengths = np.bincount(record)
        rank = np.empty(len(first), dtype=int)
        rank[np.argsort(-lengths, kind="stable")] = np.arange(len(first))
        step, rank = np.arange(len(starts)) - first[record], rank[record]
        order = np.lexsort((rank, step))
        sizes = np.bincount(step)
        bounds = np.append(0, np.cumsum(sizes))
        pairs = [
            (slice(before, before + n), slice(now, now + n))
            for before, now, n in zip(bounds, bounds[1:], sizes[1:], strict=False)
        ]
        later = order[len(first) :]
        return cls(order, pairs, bounds[step[later] - 1] + rank[later])


def _forward_backward(emission, prior, transitions, steps):
    """Return the posterior, the expected number of transitions, and log p(x).

    ``emission``, proportional to p(x|k), and the posterior are in the order of
    ``steps``.
    """
    forward, backward = prior * emission, np.ones_like(emission)
    scale = forward.sum(axis=1, keepdims=True)
    forward /= scale
    ones = np.ones((len(prior), 1))
    for before, now in steps.pairs:
        joint = forward[before] @ transitions * emission[now]
        scale[now] = joint @ ones
        forward[now] = joint / np.maximum(scale[now], TINY)
    if (scale == 0).any():
        raise ValueError(
            f"Sample {steps.order[scale[:, 0] == 0].min()} is impossible, given the "
            "samples before it: the transition to every cluster, or its probability, "
            "is 0."
        )
    ahead = emission / scale
    for before, now in reversed(steps.pairs):
        ahead[now] *= backward[now]
        backward[before] = ahead[now] @ transitions.T
    n_first = len(emission) - len(steps.previous)
    counts = transitions * (forward[steps.previous].T @ ahead[n_first:])
    return forward * backward, counts, np.log(scale).sum()


def _estimate(emission, prior, steps):
    """Estimate the transitions by expectation maximisation."""
    transitions = np.full((len(prior), len(prior)), 1 / len(prior))
    before = -np.inf
    for _ in range(MAX_ITER):
        _, counts, log_likelihood = _forward_backward(
            emission, prior, transitions, steps
        )
        if log_likelihood - before < TOLERANCE * len(emission):
            return transitions
        totals = counts.sum(axis=1, keepdims=True)
        transitions = np.divide(counts, totals, out=transitions, where=totals > 0)
        before = log_likelihood
    warn(
        f"The estimated transitions did not converge in {MAX_ITER} iterations.",
        ConvergenceWarning,
    )
    return transitions
