"""Likelihood of a partition: a mixture with one Gaussian per cluster."""

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

REGULARISATION = 1e-3  # of covariances, as a fraction of the mean variance


def regularisation(points):
    """Return the variance that is added to the diagonal of covariances."""
    return REGULARISATION * points.var(axis=0).mean() + np.finfo(float).tiny


def log_densities(points, labels, others, ridge):
    """Fit a Gaussian to each cluster; compute its weighted log-density elsewhere.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_components)
    labels : ndarray of int of shape (n_samples,)
    others : ndarray of shape (n_others, n_components)
    ridge : float
        Added to the variances.

    Returns
    -------
    densities : ndarray of shape (n_clusters, n_others)
        Logarithms of the densities, times the fraction of samples in the cluster.
    """
    ridge, densities = ridge * np.eye(points.shape[1]), []
    for k in np.unique(labels):
        members = points[labels == k]
        covariance = np.atleast_2d(np.cov(members.T, bias=True)) + ridge
        normal = multivariate_normal(members.mean(axis=0), covariance)
        weight = np.log(len(members) / len(points))
        densities.append(weight + normal.logpdf(others))
    return np.array(densities)


def split_well_determined(points, n_clusters, seed):
    """Prepare the fit of full covariances to halves of the samples.

    Returns
    -------
    points : ndarray of shape (n_samples, n_used)
        The leading components, with ten samples per cluster for each.
    halves : tuple of two ndarray of int
        Indices of the samples of random halves.
    ridge : float
        0.1 % of the mean variance, for `log_densities`.
    """
    # Few samples per parameter would make the covariances uncertain.
    points = points[:, : max(1, len(points) // (10 * n_clusters))]
    order = np.random.RandomState(seed).permutation(len(points))
    return points, (order[::2], order[1::2]), regularisation(points)


def mixture_likelihood(points, labels, n_clusters, seed):
    """Compute the mean log-likelihood of a mixture with one Gaussian per cluster.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_components)
    labels : ndarray of int of shape (n_samples,)
    n_clusters : int
        Determines the number of components. ``labels`` may have fewer clusters.
    seed : int

    Returns
    -------
    likelihood : float
        Cross-validated: means and covariances of each half of the samples, for the
        other half. With many samples, full covariances are well determined.
    """
    points, halves, ridge = split_well_determined(points, n_clusters, seed)
    total = 0.0
    for known, unseen in (halves, halves[::-1]):
        densities = log_densities(points[known], labels[known], points[unseen], ridge)
        total += logsumexp(densities, axis=0).sum()
    return total / len(points)
