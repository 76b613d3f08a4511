"""Test of the spread of residence times against Markov chains."""

import numpy as np

from skvaeclust.sequences._transitions import count_all, transition_probabilities

BATCH = 1_000_000  # numbers in the chains that are simulated together
TINY = np.finfo(float).tiny


def compare_dispersion(sequence, n_surrogates, rng):
    """Compare the spread of the lengths of runs with that of Markov chains.

    Parameters
    ----------
    sequence : LabelSequence
    n_surrogates : int
        Number of chains.
    rng : RandomState

    Returns
    -------
    dispersion : ndarray of shape (n_clusters,)
        Variance of the lengths relative to m (m - 1), for the mean length m, which is
        that of a geometric distribution; divided by the mean of this ratio over the
        chains, since few runs, and gaps, reduce it. NaN where all lengths are 1, or
        without two runs.
    p_value : ndarray of shape (n_clusters,)
        Two-sided; NaN where the dispersion is NaN.
    """
    first, last = sequence.runs()
    n_states = sequence.n_clusters + 1  # the last: no cluster
    states = sequence.labels % n_states
    observed = _dispersion(*_moments(states[first], last - first + 1, n_states))
    starts = np.append(True, ~sequence.continues)
    lengths = np.diff(np.append(np.flatnonzero(starts), len(sequence)))
    chances = transition_probabilities(count_all(sequence))
    batch = max(1, BATCH // (len(lengths) * n_states))
    above, below, known, total = np.zeros((4, n_states))
    for start in range(0, n_surrogates, batch):
        size = min(batch, n_surrogates - start)
        initial = np.tile(states[starts], (size, 1))
        null = _dispersion(*_simulate(initial, lengths, chances, rng))
        above += (null >= observed - 1e-9).sum(axis=0)
        below += (null <= observed + 1e-9).sum(axis=0)
        known += np.isfinite(null).sum(axis=0)
        total += np.nansum(null, axis=0)
    p = np.minimum(1, 2 * (1 + np.minimum(above, below)) / (1 + known))
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = observed / (total / known)
    return relative[:-1], np.where(np.isnan(observed), np.nan, p)[:-1]


def _moments(states, lengths, n_states):
    """Return the number of runs of each state, and sums of lengths and squares."""
    return np.stack(
        [
            np.bincount(states, lengths**power, minlength=n_states)
            for power in (0.0, 1.0, 2.0)
        ]
    )


def _dispersion(n_runs, total, squares):
    """Return the variance of lengths relative to m (m - 1), for the mean length m."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n_runs
        ratio = (squares / n_runs - mean**2) / (mean * (mean - 1))
    return np.where((n_runs > 1) & (total > n_runs), ratio, np.nan)


def _simulate(initial, lengths, chances, rng):
    """Simulate Markov chains run by run, and return the moments of their runs.

    Parameters
    ----------
    initial : ndarray of int of shape (n_chains, n_records)
        First state of every record.
    lengths : ndarray of int of shape (n_records,)
    chances : ndarray of shape (n_states, n_states)
        Transition probabilities; NaN for states that are never left.
    rng : RandomState

    Returns
    -------
    moments : ndarray of shape (3, n_chains, n_states)
    """
    (n_chains, _), n_states = initial.shape, len(chances)
    stay = np.nan_to_num(np.diag(chances), nan=1.0)
    rate = -np.log(stay.clip(TINY, 1 - 1e-12))  # of lengths of exponential variables
    leave = np.nan_to_num(chances * ~np.eye(n_states, dtype=bool))
    cumulative = leave.cumsum(axis=1) / np.maximum(leave.sum(axis=1), TINY)[:, None]
    cumulative = (cumulative + np.arange(n_states)[:, None]).ravel()
    chain = np.repeat(np.arange(n_chains), len(lengths))
    state, remaining = initial.ravel(), np.tile(lengths, n_chains)
    moments = np.zeros((3, n_chains * n_states))
    while len(state):
        exponential = -np.log(1 - rng.random_sample(len(state)))
        length = np.minimum(1 + exponential // rate[state], remaining)
        index = chain * n_states + state
        for power, sums in enumerate(moments):
            np.add.at(sums, index, length**power)
        remaining = remaining - length
        left = remaining > 0
        chain, state, remaining = chain[left], state[left], remaining[left]
        # The rows of the cumulative probabilities are intervals [i, i + 1] in one row.
        place = state + rng.random_sample(len(state))
        place = np.searchsorted(cumulative, place, side="right") - state * n_states
        state = place.clip(0, n_states - 1)
    return moments.reshape(3, n_chains, n_states)
