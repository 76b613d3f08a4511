"""Spectra and autocovariances of a record with gaps."""

import numpy as np

from skvaeclust.sequences._sequence import without_gap

FEWEST = 0.25  # correlations of fewer pairs, relative to the record, are shrunk


def count_gaps(time, n_times):
    """Return the number of gaps before each time; None stands for equal steps."""
    return np.append(0, np.cumsum(~without_gap(time, n_times)))


def pooled_spectrum(series):
    """Return the mean of squared Fourier coefficients of series, without frequency 0.

    Parameters
    ----------
    series : ndarray of shape (n_times, n_series)

    Returns
    -------
    spectrum : ndarray of shape (n_times // 2,)
    """
    return np.square(np.abs(np.fft.rfft(series, axis=0)[1:])).mean(axis=1)


def gap_factors(series, weights, segments, variances):
    r"""Return the factors by which gaps increase the variance of weighted means.

    The periodogram treats the last sample before a gap and the first one after it as
    neighbours, which underestimates correlations if there are many gaps.

    Parameters
    ----------
    series : ndarray of shape (n_times, n_series)
        Standardised series.
    weights : ndarray of shape (n_sets, n_times)
        Weights of the means; each row sums up to 0.
    segments : ndarray of int of shape (n_times,) or None
        Number of gaps before each time.
    variances : ndarray of shape (n_sets,)
        Variances of the means according to the periodogram.

    Returns
    -------
    factors : ndarray of shape (n_sets,)
        At least 1.

    Notes
    -----
    With sums over pairs of times in the same segment only, let A(h) be the sum of the
    products of the series at lag h, G(h) the number of pairs, and r(h) the sum of the
    products of the weights. Their variance is :math:`\sum_h r(h) (A(h) / G(h) + c)`,
    where c, the variance of the mean of the series, corrects for the subtraction of
    that mean: :math:`c = \sum_h A(h) / (N^2 - \sum_h G(h))`.
    """
    n_times = len(series)
    if segments[-1] == segments[0]:
        return np.ones(len(weights))
    ends = np.flatnonzero(np.diff(segments, append=segments[-1] + 1)) + 1
    sums = _lagged_products(series, ends).mean(axis=1)
    pairs = _lagged_products(np.ones((n_times, 1)), ends)[:, 0]
    of_mean = max(0, sums.sum()) / (n_times**2 - pairs.sum())
    correlations = sums / np.maximum(pairs, FEWEST * n_times) + of_mean
    return np.maximum(1, correlations @ _lagged_products(weights.T, ends) / variances)


def _lagged_products(values, ends):
    """Sum products at each lag within segments; lags other than 0 count twice."""
    starts = np.append(0, ends[:-1])
    total = np.zeros((np.max(ends - starts), values.shape[1]))
    for start, end in zip(starts, ends, strict=True):
        n = end - start
        spectrum = np.abs(np.fft.rfft(values[start:end], 2 * n, axis=0)) ** 2
        total[:n] += np.fft.irfft(spectrum, 2 * n, axis=0)[:n]
    total[1:] *= 2
    return total
