"""The rule that chooses the number of clusters, on arrays of distinctness."""

import numpy as np
from scipy.stats import t as student_t

NEARLY = 0.83  # least fraction of the greatest distinctness
LEAST_SURROGATES = 2  # have a spread
CLEAR = 0.2  # a p-value below this times alpha needs no more surrogates


def nearly_most_distinct(distinct):
    """Which candidates are nearly as distinct as the most distinct."""
    return distinct >= NEARLY * distinct.max()


def p_values(observed, surrogates):
    r"""Probability that the best candidate of a surrogate is at least as distinct.

    Parameters
    ----------
    observed : ndarray of shape (n_candidates,)
        Distinctness in the samples.
    surrogates : ndarray of shape (n_surrogates, n_candidates)
        Distinctness in surrogates, NaN where they were not tried.

    Returns
    -------
    p_values : ndarray of shape (n_candidates,)
        That of one more draw from the normal distribution that the greatest
        distinctness of the surrogates comes from, whose mean and variance are
        estimated: of Student's t with n - 1 degrees of freedom.
    """
    best = np.nanmax(surrogates, axis=1)
    spread = best.std(ddof=1) * np.sqrt(1 + 1 / len(best))
    spread = max(spread, np.finfo(float).tiny)
    return student_t.sf((observed - best.mean()) / spread, len(best) - 1)


def eligible(distinct, least):
    """Which candidates are distinct, and nearly the most."""
    return (distinct >= least) & nearly_most_distinct(distinct)


def n_tested(distinct):
    """How many of the first candidates to try with surrogates.

    Those up to the largest that may be chosen, and the next, which may confirm it.
    """
    return min(2 + np.flatnonzero(nearly_most_distinct(distinct))[-1], len(distinct))


def rounds(n_surrogates):
    """Surrogates of each round, from 1: two, then twice as many altogether."""
    ends = [LEAST_SURROGATES]
    while ends[-1] < n_surrogates:
        ends.append(min(2 * ends[-1], n_surrogates))
    return np.split(np.arange(1, 1 + n_surrogates), ends[:-1])


def is_clear(distinct, p, n_surrogates, *, alpha, least):
    """Whether more surrogates will not change the choice, or hardly."""
    enough = n_surrogates > LEAST_SURROGATES  # two may be alike by chance
    return not eligible(distinct, least).any() or (enough and p.min() <= CLEAR * alpha)


def choose_number(candidates, distinct, p, *, alpha, least):
    """The largest candidate that is nearly the most distinct, if that is beyond chance.

    Parameters
    ----------
    candidates : ndarray of shape (n_candidates,)
        Numbers of clusters.
    distinct : ndarray of shape (n_candidates,)
        Distinctness.
    p : ndarray of shape (n_candidates,)
        p-values: the lowest is that of the most distinct.
    alpha, least : float
        Largest p-value of the most distinct, and least distinctness.

    Returns
    -------
    n_clusters : int
        1 where there is none.
    """
    passed = eligible(distinct, least) & (p.min() <= alpha)
    return int(candidates[passed].max(initial=1))
