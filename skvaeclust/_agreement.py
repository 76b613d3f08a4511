"""Agreement between partitions.

====================== ==========================================================
`pairwise_agreement`   adjusted Rand index of all pairs of partitions
`mean_agreement`       mean over all other partitions; groups starts and enters
                       the criterion for choosing a restart
`agreement_of_starts`  mean over the other starts; ``restart_agreement_``
`fraction_moved`       fraction of samples that changed cluster during training
`jaccard_indices`      overlap of each pair of clusters of two partitions
`match_clusters`       one-to-one match of the clusters of two partitions
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


def jaccard_indices(first, second, n_first, n_second):
    """Compute the Jaccard index of all pairs of clusters of two partitions.

    Parameters
    ----------
    first, second : ndarray of int of shape (n_samples,)
        Labels; -1 is no cluster.
    n_first, n_second : int
        Numbers of clusters.

    Returns
    -------
    indices : ndarray of shape (n_first, n_second)
        Size of the intersection divided by that of the union; NaN if both are empty.
    """
    counts = np.zeros((n_first + 1, n_second + 1))
    np.add.at(counts, (first, second), 1)  # -1 is the last row or column
    common = counts[:-1, :-1]
    union = counts.sum(axis=1)[:-1, None] + counts.sum(axis=0)[None, :-1] - common
    with np.errstate(invalid="ignore"):
        return common / union


def match_clusters(reference, labels, n_reference, n_labels):
    """Match clusters one to one, so that the sum of the Jaccard indices is largest.

    Parameters
    ----------
    reference, labels : ndarray of int of shape (n_samples,)
        Labels; -1 is no cluster.
    n_reference, n_labels : int
        Numbers of clusters.

    Returns
    -------
    matched : ndarray of int of shape (n_labels + 1,)
        ``matched[labels]`` are labels of the reference; -1 without a partner.
    """
    indices = jaccard_indices(reference, labels, n_reference, n_labels)
    rows, columns = linear_sum_assignment(np.nan_to_num(indices), maximize=True)
    matched = np.full(n_labels + 1, -1)
    matched[columns] = rows
    return matched
