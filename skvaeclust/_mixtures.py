"""Gaussian mixtures that start from clusters."""

import numpy as np
from sklearn.mixture import GaussianMixture


def mixture_from_labels(points, labels, covariance_type, reg_covar):
    """Make a Gaussian mixture that starts from clusters.

    The covariance of a cluster starts from that of its samples and the mean within all
    clusters, which has the weight of one sample.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_components)
    labels : ndarray of int of shape (n_samples,)
    covariance_type : {"full", "tied"}
    reg_covar : float
        Added to the diagonal of the covariances.

    Returns
    -------
    mixture : GaussianMixture
        Not fitted, with one component for each label that occurs, in their order.
    """
    _, labels, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    members = [labels == k for k in range(len(sizes))]
    means = np.stack([points[of_one].mean(axis=0) for of_one in members])
    deviations = points - means[labels]
    ridge = reg_covar * np.eye(points.shape[1])
    pooled = deviations.T @ deviations / len(points) + ridge
    scatter = [deviations[of_one].T @ deviations[of_one] for of_one in members]
    covariances = (np.stack(scatter) + pooled) / (sizes[:, None, None] + 1)
    start = covariances if covariance_type == "full" else pooled
    return GaussianMixture(
        len(sizes),
        covariance_type=covariance_type,
        reg_covar=reg_covar,
        weights_init=sizes / len(points),
        means_init=means,
        precisions_init=np.linalg.inv(start),
    )
