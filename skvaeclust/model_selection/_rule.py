"""Rule for the number of clusters, on arrays of scores."""

import numpy as np
from scipy.stats import t as student_t

ALPHA = 0.05  # significance level of the number of clusters
MIN_DISTINCTNESS = 0.45
MIN_FRACTION = 0.05  # a smaller cluster makes the distinctness 0
FULL_ISOLATION = 1.5  # distinctness saturates at this isolation
NEARLY = 0.95  # minimum fraction of the maximum distinctness
FIRST_SURROGATES = 4  # with three, the tails of Student's t are too heavy
MIN_EVIDENCE = 0.01  # lower bound, because logarithms of smaller values are noise
MIN_SPREAD = 1e-6  # lower bound of the spread of the logarithms
CLEAR = 0.2  # stop adding surrogates if p is at most this times alpha


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
        Minimum isolation over pairs of clusters, :math:`I`.
    agreement : float
        Mean agreement with the other starts, :math:`A`; ignored if NaN.

    Returns
    -------
    distinctness : float
        :math:`T = \max(A, 0) \min(I / 1.5, 1)`, between 0 and 1.
    """
    return float(evidence(min(isolation / FULL_ISOLATION, 1), agreement))


def nearly_most_distinct(distinct):
    """Return which candidates have at least 95 % of the maximum distinctness."""
    return distinct >= NEARLY * distinct.max()


def p_values(observed, surrogates):
    """Compute p-values of the candidates against surrogates.

    Parameters
    ----------
    observed : ndarray of shape (n_candidates,)
        Evidence in the samples. Unlike distinctness, it does not saturate.
    surrogates : ndarray of shape (n_surrogates, n_candidates)
        Evidence in surrogates.

    Returns
    -------
    p_values : ndarray of shape (n_candidates,)
        Probability that the maximum of another surrogate reaches the observed value, if
        the maxima are log-normal with estimated mean and variance (Student's t with n -
        1 degrees of freedom). NaN without surrogates.
    """
    if len(surrogates) == 0:
        return np.full(len(observed), np.nan)
    best = np.log(np.maximum(surrogates.max(axis=1), MIN_EVIDENCE))
    spread = best.std(ddof=1) * np.sqrt(1 + 1 / len(best))
    excess = np.log(np.maximum(observed, MIN_EVIDENCE)) - best.mean()
    return student_t.sf(excess / max(spread, MIN_SPREAD), len(best) - 1)


def eligible(distinct, min_distinctness):
    """Return which candidates are distinct enough and nearly the most distinct."""
    return (distinct >= min_distinctness) & nearly_most_distinct(distinct)


def rounds(n_surrogates):
    """Return the numbers of the surrogates of each round; the total doubles from 4."""
    ends = [min(FIRST_SURROGATES, n_surrogates)]
    while ends[-1] < n_surrogates:
        ends.append(min(2 * ends[-1], n_surrogates))
    return np.split(np.arange(1, 1 + n_surrogates), ends[:-1])


def is_clear(distinct, p, *, alpha, min_distinctness):
    """Return whether more surrogates are unlikely to change the choice."""
    return not eligible(distinct, min_distinctness).any() or p.min() <= CLEAR * alpha


def choose_number(candidates, distinct, p, *, alpha, min_distinctness):
    """Choose the largest eligible number of clusters if the minimum p is significant.

    Parameters
    ----------
    candidates, distinct, p : ndarray of shape (n_candidates,)
        Numbers of clusters, their distinctness and p-values.
    alpha, min_distinctness : float
        Significance level and minimum distinctness.

    Returns
    -------
    n_clusters : int
        1 if there are no clusters.
    """
    passed = eligible(distinct, min_distinctness) & (p.min() <= alpha)
    return int(candidates[passed].max(initial=1))
