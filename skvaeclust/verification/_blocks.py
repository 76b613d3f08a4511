"""Block bootstrap over start dates."""

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student_t


def draw_blocks(n_starts, block_length, n_resamples, rng):
    """Draw blocks of consecutive starts with replacement.

    Parameters
    ----------
    n_starts, block_length, n_resamples : int
        The last start is followed by the first one, so that all starts are equally
        likely.
    rng : RandomState

    Returns
    -------
    weights : ndarray of shape (n_resamples, n_starts)
        How often each start is drawn.
    """
    n_blocks = -(-n_starts // block_length)
    first = rng.randint(n_starts, size=(n_resamples, n_blocks))
    starts = (first[..., None] + np.arange(block_length)) % n_starts
    starts = starts.reshape(n_resamples, -1)[:, :n_starts]
    rows = np.arange(n_resamples)[:, None]
    flat = (rows * n_starts + starts).ravel()
    return np.bincount(flat, minlength=n_resamples * n_starts).reshape(-1, n_starts)


def interval(value, resampled, n_blocks, confidence_level):
    """Return the limits of a confidence interval.

    Parameters
    ----------
    value : ndarray of shape (...)
    resampled : ndarray of shape (n_resamples, ...)
        NaN if no pair was drawn.
    n_blocks : float
        Number of blocks in the record.
    confidence_level : float

    Returns
    -------
    low, high : ndarray of shape (...)
        From the standard deviation of the resamples and a Student t quantile with
        n_blocks - 1 degrees of freedom; NaN with fewer than two blocks.
    """
    deviation = np.ma.masked_invalid(resampled).std(axis=0).filled(np.nan)
    half = _quantile(n_blocks, confidence_level) * deviation
    return value - half, value + half


def quantile_interval(value, resampled, n_blocks, confidence_level):
    """Return the limits of a confidence interval that need not be symmetric.

    Parameters
    ----------
    value, resampled, n_blocks, confidence_level
        As for `interval`.

    Returns
    -------
    low, high : ndarray of shape (...)
        Quantiles of the resamples. Their distance from the value is increased by the
        factor by which `interval` exceeds that of a normal distribution.
    """
    tail = (1 - confidence_level) / 2
    factor = _quantile(n_blocks, confidence_level) / norm.isf(tail)
    resampled = resampled[~np.isnan(resampled).all(axis=-1)]
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
    return value + factor * (low - value), value + factor * (high - value)


def _quantile(n_blocks, confidence_level):
    """Return half the width of an interval, in standard deviations of the resamples."""
    if n_blocks < 2:
        return np.nan
    quantile = student_t.isf((1 - confidence_level) / 2, n_blocks - 1)
    return quantile * np.sqrt(n_blocks / (n_blocks - 1))
