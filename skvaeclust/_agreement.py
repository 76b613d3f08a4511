"""Agreement between partitions.

====================== ==========================================================
`pairwise_agreement`   adjusted Rand index of all pairs of partitions
`mean_agreement`       mean over all other partitions; groups starts and enters
                       the criterion for choosing a restart
`agreement_of_starts`  mean over the other starts; ``restart_agreement_``
`fraction_moved`       fraction of samples that changed cluster during training
====================== ==========================================================
"""

import math
from itertools import combinations

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix


def pairwise_agreement(labels):
    """Compute the adjusted Rand index of all pairs of partitions.

    Parameters
    ----------
    labels : sequence of ndarray of shape (n_samples,)

    Returns
    -------
    agreement : ndarray of shape (n_partitions, n_partitions)
        Symmetric, NaN on the diagonal.
    """
    distinct, number = np.unique(labels, axis=0, return_inverse=True)
    index = np.eye(len(distinct))
    for i, j in combinations(range(len(distinct)), 2):
        index[i, j] = index[j, i] = adjusted_rand_score(distinct[i], distinct[j])
    agreement = index[np.ix_(number, number)]
    np.fill_diagonal(agreement, np.nan)
    return agreement


def mean_agreement(agreement):
    """Average the agreement of each partition with all other partitions.

    Parameters
    ----------
    agreement : ndarray of shape (n_partitions, n_partitions)
        From `pairwise_agreement`.

    Returns
    -------
    means : ndarray of shape (n_partitions,)
        0 for a single partition.
    """
    return np.nansum(agreement, axis=1) / max(1, len(agreement) - 1)


def agreement_of_starts(agreement, kept):
    """Average the agreement of the final clusters with the other starts.

    Parameters
    ----------
    agreement : sequence of float
        Adjusted Rand index of the final clusters with each start, before training.
    kept : int
        Index of the start from which the final clusters were trained.

    Returns
    -------
    mean : float
        NaN if there is no other start.
    """
    others = np.delete(agreement, kept)
    return float(others.mean()) if others.size else math.nan


def fraction_moved(before, after):
    """Compute the fraction of samples that changed cluster.

    Parameters
    ----------
    before, after : ndarray of int of shape (n_samples,)
        Labels from 0. Clusters are matched to minimise the fraction.

    Returns
    -------
    fraction : float
    """
    counts = contingency_matrix(before, after)
    matched = linear_sum_assignment(counts, maximize=True)
    return 1 - counts[matched].sum() / len(before)
