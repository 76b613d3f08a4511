"""Tests of mean fields: channels jointly, in blocks of time, over many points."""

import numpy as np
from scipy.stats import f as f_distribution
from scipy.stats import false_discovery_control


def mean_p_values(members, normal, blocks, n_times):
    r"""Test at each point whether a mean differs from that of the record.

    Parameters
    ----------
    members : ndarray of shape (n, n_channels, n_points)
        Fields whose mean is tested; NaN on land.
    normal : ndarray of shape (n_channels, n_points)
        Mean of the record.
    blocks : ndarray of int of shape (n,)
        Members of the same block are treated as dependent.
    n_times : int
        Length of the record, which includes the members.

    Returns
    -------
    p : ndarray of shape (n_points,)
        NaN if a channel is land, and everywhere if there are too few blocks.

    Notes
    -----
    Let m be the mean of n of N fields, and :math:`m_b` the mean without block b of B.
    The covariance of the mean is estimated by the jackknife over blocks,

    .. math:: V = \frac{B - 1}{B} \left(1 - \frac{n}{N}\right)
              \sum_b (m_b - m) (m_b - m)^\top.

    For C channels, :math:`(m - \mu)^\top V^{-1} (m - \mu) (B' - C) / (C (B' - 1))` is
    compared with the F distribution with C and B' - C degrees of freedom (Hotelling's
    test), where :math:`B' = n^2 / \sum_b n_b^2` is the effective number of blocks.
    """
    n, n_channels, n_points = members.shape
    _, number, sizes = np.unique(blocks, return_inverse=True, return_counts=True)
    n_blocks, effective = len(sizes), n**2 / np.square(sizes).sum()
    p = np.full(n_points, np.nan)
    if effective <= n_channels:
        return p
    mean = members.mean(axis=0)
    sums = np.zeros((n_blocks, n_channels, n_points))
    np.add.at(sums, number, members - mean)
    deviations = sums / (n - sizes)[:, None, None]
    factor = (n_blocks - 1) / n_blocks * max(0.0, 1 - n / n_times)
    covariance = factor * np.einsum("bip,bjp->pij", deviations, deviations)
    shift = (mean - normal).T
    tested = np.isfinite(shift).all(axis=1) & np.isfinite(covariance).all(axis=(1, 2))
    inverse = np.linalg.pinv(covariance[tested], hermitian=True)
    squares = np.einsum("pi,pij,pj->p", shift[tested], inverse, shift[tested])
    constant = ~covariance[tested].any(axis=(1, 2))
    squares[constant & shift[tested].any(axis=1)] = np.inf
    free = effective - n_channels
    statistic = squares * free / (n_channels * (effective - 1))
    p[tested] = f_distribution.sf(statistic, n_channels, free)
    return p


def significant_points(p, alpha):
    """Return where p-values are significant at the false discovery rate alpha."""
    tested = np.isfinite(p)
    significant = np.zeros(p.shape, dtype=bool)
    if tested.any():
        significant[tested] = false_discovery_control(p[tested]) <= alpha
    return significant
