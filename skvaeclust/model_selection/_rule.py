"""The rule that chooses the number of clusters, on arrays of distinctness."""

import numpy as np
from scipy.stats import t as student_t

# Set on tuning seeds 0 to 17 of ten kinds of data, with and without clusters.
MIN_DISTINCTNESS = 0.45
FULL_ISOLATION = 1.5  # more does not make clusters more distinct
NEARLY = 0.95  # minimum fraction of the greatest distinctness
FIRST_SURROGATES = 4  # with three, Student's t has tails too long to be clear
MIN_EVIDENCE = 0.01  # smaller values count as this: their logarithm is noise
LEAST_SPREAD = 1e-6  # of logarithms, where all surrogates are equal
CLEAR = 0.2  # a p-value below this times alpha needs no more surrogates


def evidence(isolation, agreement):
    r"""Compute :math:`\max(A, 0)\, I`; agreement is left out where it is NaN.

    Parameters
    ----------
    isolation, agreement : float or ndarray
        See `distinctness`.

    Returns
    -------
    evidence : float or ndarray
    """
    return np.maximum(np.nan_to_num(agreement, nan=1.0), 0) * isolation


def distinctness(isolation, agreement):
    r"""Compute how distinct clusters are: starts agree on parts that hang together.

    Parameters
    ----------
    isolation : float
        How much harder clusters are to cut in two than to tell apart, :math:`I`.
    agreement : float
        Mean agreement of the kept clusters with other starts, :math:`A`; left out if
        NaN.

    Returns
    -------
    distinctness : float
        :math:`T = \max(A, 0) \min(I / 1.5, 1)`, between 0 and 1.
    """
    return float(evidence(min(isolation / FULL_ISOLATION, 1), agreement))


def nearly_most_distinct(distinct):
    """Tell which candidates are nearly as distinct as the most distinct."""
    return distinct >= NEARLY * distinct.max()


def p_values(observed, surrogates):
    r"""Compute the probability that a surrogate is at least as distinct.

    Parameters
    ----------
    observed : ndarray of shape (n_candidates,)
        Agreement times isolation in the samples, not bounded by 1: how far beyond 1 it
        is does not matter for the number, but for the evidence.
    surrogates : ndarray of shape (n_surrogates, n_candidates)
        The same in surrogates.

    Returns
    -------
    p_values : ndarray of shape (n_candidates,)
        Of one more draw from the log-normal distribution that the greatest value of
        each surrogate comes from, whose mean and variance are estimated: of Student's t
        with n - 1 degrees of freedom. NaN without surrogates.
    """
    if len(surrogates) == 0:
        return np.full(len(observed), np.nan)
    best = np.log(np.maximum(surrogates.max(axis=1), MIN_EVIDENCE))
    spread = best.std(ddof=1) * np.sqrt(1 + 1 / len(best))
    excess = np.log(np.maximum(observed, MIN_EVIDENCE)) - best.mean()
    return student_t.sf(excess / max(spread, LEAST_SPREAD), len(best) - 1)


def eligible(distinct, min_distinctness):
    """Tell which candidates are distinct, and nearly the most."""
    return (distinct >= min_distinctness) & nearly_most_distinct(distinct)


def rounds(n_surrogates):
    """List the surrogates of each round, from 1: four, then twice as many in all."""
    ends = [min(FIRST_SURROGATES, n_surrogates)]
    while ends[-1] < n_surrogates:
        ends.append(min(2 * ends[-1], n_surrogates))
    return np.split(np.arange(1, 1 + n_surrogates), ends[:-1])


def is_clear(distinct, p, *, alpha, min_distinctness):
    """Tell whether more surrogates will not change the choice, or hardly."""
    return not eligible(distinct, min_distinctness).any() or p.min() <= CLEAR * alpha


def choose_number(candidates, distinct, p, *, alpha, min_distinctness):
    """Choose the largest number that is nearly the most distinct, if beyond chance.

    Parameters
    ----------
    candidates : ndarray of shape (n_candidates,)
        Numbers of clusters.
    distinct : ndarray of shape (n_candidates,)
        Distinctness.
    p : ndarray of shape (n_candidates,)
        p-values: the lowest is that of the most distinct.
    alpha, min_distinctness : float
        Largest p-value of the most distinct, and minimum distinctness.

    Returns
    -------
    n_clusters : int
        1 where there is none.
    """
    passed = eligible(distinct, min_distinctness) & (p.min() <= alpha)
    return int(candidates[passed].max(initial=1))
