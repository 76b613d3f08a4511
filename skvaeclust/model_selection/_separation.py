"""Distances between clusters, relative to their spreads."""

import math
from itertools import combinations

import numpy as np


def separations_along_lines(means, spread):
    r"""Compute distances, spreads and their ratios for all pairs of clusters.

    Parameters
    ----------
    means : ndarray of shape (n_clusters, n_dimensions)
        Centroids; NaN for a cluster without one.
    spread : callable
        ``spread(k, direction)`` is the standard deviation of cluster k along a unit
        vector, or along a zero vector if two centroids coincide.

    Returns
    -------
    distances : ndarray of shape (n_clusters, n_clusters)
        :math:`d_{ij}`, the distance between centroids.
    spreads : ndarray of shape (n_clusters, n_clusters)
        :math:`s_{ij}`, the standard deviation of cluster i along the line to j.
    ratios : ndarray of shape (n_clusters, n_clusters)
        :math:`r_{ij} = d_{ij} / (s_{ij} + s_{ji})`, NaN on the diagonal.
    """
    n_clusters = len(means)
    distances = np.zeros((n_clusters, n_clusters))
    spreads, ratios = np.full((2, n_clusters, n_clusters), np.nan)
    for i, j in combinations(range(n_clusters), 2):
        line = means[j] - means[i]
        d = distances[i, j] = distances[j, i] = np.linalg.norm(line)
        line = line / d if d > 0 else line
        s = spreads[i, j], spreads[j, i] = spread(i, line), spread(j, line)
        if d == 0:
            ratios[i, j] = ratios[j, i] = 0
        else:
            ratios[i, j] = ratios[j, i] = d / sum(s) if sum(s) != 0 else math.inf
    return distances, spreads, ratios


def separations_of_samples(positions, labels, n_clusters):
    """Compute distances, spreads and their ratios for all pairs from samples.

    Parameters
    ----------
    positions : ndarray of shape (n_samples, n_dimensions)
    labels : ndarray of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    distances, spreads, ratios : ndarray of shape (n_clusters, n_clusters)
        NaN for clusters with fewer than two samples, which have no spread.
    """
    members = [positions[labels == k] for k in range(n_clusters)]
    means = np.full((n_clusters, positions.shape[1]), np.nan)
    for k, rows in enumerate(members):
        if len(rows) > 1:
            means[k] = rows.mean(axis=0)

    def spread(k, line):
        return np.std(members[k] @ line, ddof=1) if len(members[k]) > 1 else math.nan

    return separations_along_lines(means, spread)


def smallest(ratios):
    """Return the minimum off the diagonal; 0 for one cluster or if any is NaN."""
    values = ratios[np.triu_indices(len(ratios), 1)]
    if values.size == 0 or np.isnan(values).any():
        return 0.0
    return float(values.min())
