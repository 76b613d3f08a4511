"""Block bootstrap over start dates."""

import numpy as np
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
    n_blocks : float
        Number of blocks in the record.
    confidence_level : float

    Returns
    -------
    low, high : ndarray of shape (...)
        From the standard deviation of the resamples and a Student t quantile with
        n_blocks - 1 degrees of freedom.
    """
    deviation = resampled.std(axis=0) * np.sqrt(n_blocks / (n_blocks - 1))
    quantile = student_t.isf((1 - confidence_level) / 2, n_blocks - 1)
    return value - quantile * deviation, value + quantile * deviation
