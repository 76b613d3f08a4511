"""Agreement between partitions.

====================== ==========================================================
`pairwise_agreement`   adjusted Rand index of all pairs of partitions
`rand_index`           that of two partitions, over samples with a cluster
`mean_agreement`       mean over all other partitions; groups starts and enters
                       the criterion for choosing a restart
`agreement_of_starts`  mean over the other starts; ``restart_agreement_``
`fraction_moved`       fraction of samples that changed cluster during training
`jaccard_indices`      overlap of each pair of clusters of two partitions
`match_clusters`       one-to-one match of the clusters of two partitions
====================== ==========================================================
"""

import math

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix


def pairwise_agreement(labels):
    r"""Compute the adjusted Rand index of all pairs of partitions.

    Parameters
    ----------
    labels : sequence of ndarray of shape (n_samples,)

    Returns
    -------
    agreement : ndarray of shape (n_partitions, n_partitions)
        Symmetric, NaN on the diagonal.

    Notes
    -----
    All contingency tables are computed in one product of matrices. A pair of samples is
    in one cluster of both partitions, of the first, of the second or of none. With the
    numbers of these pairs, a, b, c and d, the index is

    .. math:: \frac{2 (a d - b c)}{(a + b) (b + d) + (a + c) (c + d)}.
    """
    members = [np.equal.outer(of_one, np.unique(of_one)) for of_one in labels]
    first = np.cumsum([0, *(of_one.shape[1] for of_one in members[:-1])])
    counts = np.hstack(members).T.astype(float) @ np.hstack(members)
    same = np.add.reduceat(np.add.reduceat(counts**2, first, axis=0), first, axis=1)
    within, n_samples = np.diag(same), len(labels[0])
    a, b, c = same - n_samples, within[:, None] - same, within - same
    d = n_samples**2 - a - b - c - n_samples
    with np.errstate(invalid="ignore"):
        index = 2 * (a * d - b * c) / ((a + b) * (b + d) + (a + c) * (c + d))
    index[(b == 0) & (c == 0)] = 1.0  # also of partitions with one cluster
    np.fill_diagonal(index, np.nan)
    return index


def rand_index(labels, others):
    """Compute the adjusted Rand index over samples with a cluster in both partitions.

    Returns
    -------
    index : float
        0 if there are fewer than two such samples.
    """
    both = (labels >= 0) & (others >= 0)
    if np.count_nonzero(both) < 2:
        return 0.0
    return adjusted_rand_score(labels[both], others[both])


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
