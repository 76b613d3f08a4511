"""Agreement of partitions."""

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


def fraction_moved(before, after):
    """Compute the fraction of samples that have left their cluster.

    Parameters
    ----------
    before, after : ndarray of int of shape (n_samples,)
        Labels from 0. Clusters are matched so that the fraction is the least.

    Returns
    -------
    fraction : float
    """
    counts = contingency_matrix(before, after)
    matched = linear_sum_assignment(counts, maximize=True)
    return 1 - counts[matched].sum() / len(before)
