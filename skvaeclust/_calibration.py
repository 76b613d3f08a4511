"""Calibration of the probabilities of clusters."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from skvaeclust._mixtures import mixture_from_labels
from skvaeclust._threads import on_one_thread

COVARIANCES = "full", "tied"
N_LEADING = 10  # number of components that the mixture is fitted to
REGULARISATION = 1e-6  # of covariances, as a fraction of the mean variance
HIGHEST = 100.0  # temperature
CONTRADICTING = 0.01  # fraction of the samples


@on_one_thread
def find_temperature(log_q, points, labels):
    r"""Find the temperature of q(k|x) that agrees best with a Gaussian mixture.

    q(k|x) is trained with a smaller multiplier of the categorical term than of the
    latent one, so its log-odds are too large where clusters overlap. A Gaussian mixture
    that starts from the clusters estimates the probabilities :math:`r_{ik}` without
    these multipliers. Its covariances are full or tied, whichever has the lower BIC.
    The temperature minimises the cross-entropy

    .. math:: -\sum_{ik} r_{ik} \ln\Big((1 - \epsilon)
              \frac{q(k|x_i)^{1/T}}{\sum_l q(l|x_i)^{1/T}} + \frac{\epsilon}{K}\Big),
              \qquad T \ge 1.

    A fraction :math:`\epsilon` = 1 % of the samples may contradict the mixture, so that
    single samples do not decide.

    Parameters
    ----------
    log_q : ndarray of shape (n_samples, n_clusters)
    points : ndarray of shape (n_samples, n_components)
        Principal-component scores, in decreasing order of variance.
    labels : ndarray of shape (n_samples,)

    Returns
    -------
    temperature : float
        1 if q(k|x) is less certain than the mixture, or with fewer than two clusters.
    """
    found, labels = np.unique(labels, return_inverse=True)
    if len(found) < 2:
        return 1.0
    log_q, points = log_q[:, found], points[:, :N_LEADING].astype(float)
    reg_covar = REGULARISATION * points.var()
    mixtures = [
        mixture_from_labels(points, labels, covariance, reg_covar).fit(points)
        for covariance in COVARIANCES
    ]
    mixture = min(mixtures, key=lambda mixture: mixture.bic(points))
    target = mixture.predict_proba(points)

    def cross_entropy(log_temperature):
        p = softmax(log_q / np.exp(log_temperature), axis=1)
        p = (1 - CONTRADICTING) * p + CONTRADICTING / len(found)
        return -(target * np.log(p)).sum()

    best = minimize_scalar(cross_entropy, bounds=(0.0, np.log(HIGHEST)))
    return float(np.exp(best.x)) if best.fun < cross_entropy(0.0) else 1.0
