"""Rule that chooses the number of clusters, on arrays of scores."""

import numpy as np
from scipy.stats import t as student_t

# Tuned on seeds 0 to 17 of ten kinds of data, with and without clusters.
MIN_DISTINCTNESS = 0.45
FULL_ISOLATION = 1.5  # higher isolation does not increase distinctness
NEARLY = 0.95  # minimum fraction of the greatest distinctness
FIRST_SURROGATES = 4  # with three, the tails of Student's t are too heavy
MIN_EVIDENCE = 0.01  # lower bound: the logarithm of smaller values is noise
LEAST_SPREAD = 1e-6  # lower bound of the spread of the logarithms
CLEAR = 0.2  # no more surrogates if p is at most this times alpha


def evidence(isolation, agreement):
    r"""Compute :math:`\max(A, 0)\, I`; an agreement of NaN is ignored.

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
    r"""Compute the distinctness of clusters from their isolation and agreement.

    Parameters
    ----------
    isolation : float
        How much harder clusters are to cut in two than to tell apart, :math:`I`.
    agreement : float
        Mean agreement of the kept clusters with other starts, :math:`A`; ignored if
        NaN.

    Returns
    -------
    distinctness : float
        :math:`T = \max(A, 0) \min(I / 1.5, 1)`, between 0 and 1.
    """
    return float(evidence(min(isolation / FULL_ISOLATION, 1), agreement))


def nearly_most_distinct(distinct):
    """Return which candidates are nearly as distinct as the most distinct one."""
    return distinct >= NEARLY * distinct.max()


def p_values(observed, surrogates):
    r"""Compute the probability that a surrogate is at least as distinct.

    Parameters
    ----------
    observed : ndarray of shape (n_candidates,)
        Agreement times isolation in the samples. Unlike distinctness, it is not bounded
        by 1, since higher values are stronger evidence for clusters.
    surrogates : ndarray of shape (n_surrogates, n_candidates)
        The same for surrogates.

    Returns
    -------
    p_values : ndarray of shape (n_candidates,)
        Probability that the maximum of another surrogate is at least as high, if the
        maxima are log-normal with estimated mean and variance (Student's t with n - 1
        degrees of freedom). NaN without surrogates.
    """
    if len(surrogates) == 0:
        return np.full(len(observed), np.nan)
    best = np.log(np.maximum(surrogates.max(axis=1), MIN_EVIDENCE))
    spread = best.std(ddof=1) * np.sqrt(1 + 1 / len(best))
    excess = np.log(np.maximum(observed, MIN_EVIDENCE)) - best.mean()
    return student_t.sf(excess / max(spread, LEAST_SPREAD), len(best) - 1)


def eligible(distinct, min_distinctness):
    """Return which candidates are distinct enough and nearly the most distinct."""
    return (distinct >= min_distinctness) & nearly_most_distinct(distinct)


def rounds(n_surrogates):
    """List the surrogates of each round, from 1; the total doubles, from four on."""
    ends = [min(FIRST_SURROGATES, n_surrogates)]
    while ends[-1] < n_surrogates:
        ends.append(min(2 * ends[-1], n_surrogates))
    return np.split(np.arange(1, 1 + n_surrogates), ends[:-1])


def is_clear(distinct, p, *, alpha, min_distinctness):
    """Return whether more surrogates are unlikely to change the choice."""
    return not eligible(distinct, min_distinctness).any() or p.min() <= CLEAR * alpha


def choose_number(candidates, distinct, p, *, alpha, min_distinctness):
    """Choose the largest number that is nearly the most distinct, if significant.

    Parameters
    ----------
    candidates : ndarray of shape (n_candidates,)
        Numbers of clusters.
    distinct : ndarray of shape (n_candidates,)
        Distinctness.
    p : ndarray of shape (n_candidates,)
        p-values, of which the smallest counts.
    alpha, min_distinctness : float
        Largest significant p-value, and minimum distinctness.

    Returns
    -------
    n_clusters : int
        1 if there are no clusters.
    """
    passed = eligible(distinct, min_distinctness) & (p.min() <= alpha)
    return int(candidates[passed].max(initial=1))
