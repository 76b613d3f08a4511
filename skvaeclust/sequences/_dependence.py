"""Variance of frequencies of dependent samples, relative to independent ones."""

import numpy as np

from skvaeclust.sequences._calendar import months_and_years
from skvaeclust.sequences._transitions import count_all

N_BLOCKS = 10
MIN_YEARS = 3  # of a mean annual cycle
REGULAR = 0.1  # smallest correction, for exactly periodic records
N_PRIOR = 4  # departures at the common rate that are added to those of each cluster


def variance_factors(sequence, groups):
    """Return the variance of frequencies, relative to that of independent samples.

    Parameters
    ----------
    sequence : LabelSequence
    groups : ndarray of int of shape (n_samples,)
        Group of every sample, from 0 on.

    Returns
    -------
    factors : ndarray of shape (n_groups, n_clusters)
        NaN if the record has fewer than two samples, or a single label.
    n_blocks : int
        Number of blocks of the record that the factors are estimated from.
    """
    is_member = (sequence.labels[:, None] == range(sequence.n_clusters)).astype(float)
    frequency = is_member.mean(axis=0)
    variance = frequency * (1 - frequency)
    n_blocks = min(N_BLOCKS, len(sequence))
    if n_blocks < 2 or not variance.any():
        return np.full((groups.max() + 1, len(frequency)), np.nan), 2
    correlation = _lag_one_correlation(sequence)
    blocks = np.arange(len(sequence)) * n_blocks // len(sequence)
    anomalies, n_years = _without_cycle(is_member, sequence.time)
    observed = (_sum_groups(anomalies, blocks) ** 2).sum()
    observed /= 1 - 1 / min(n_blocks, n_years)  # of the estimated means
    expected = (variance * _sum_correlations(sequence, blocks, correlation)).sum()
    sizes = np.bincount(groups)[:, None]
    chains = _sum_correlations(sequence, groups, correlation) / sizes
    return chains * max(observed / expected, REGULAR), n_blocks


def _without_cycle(values, time):
    """Subtract the mean of the month if there are 3 years, and the overall mean if not.

    Return also the number of years, or infinity.
    """
    n_years, number = np.inf, np.zeros(len(values), dtype=int)
    if time is not None and time.dtype.kind in "MO":
        month, year = months_and_years(time)
        n_months = len(np.unique(month))
        mean_years = len(np.unique(12 * year + month)) / n_months
        if mean_years >= MIN_YEARS:
            n_years, number = mean_years, month
    sizes = np.maximum(1, np.bincount(number))[:, None]
    return values - (_sum_groups(values, number) / sizes)[number], n_years


def _sum_groups(values, groups):
    sums = np.zeros((groups.max() + 1, values.shape[1]))
    np.add.at(sums, groups, values)
    return sums


def _lag_one_correlation(sequence):
    """Return the correlation of successive indicators of each cluster.

    It is 1 - (observed departures) / (departures of independent samples). A few
    departures at the rate of all clusters stabilise that of rare clusters.
    """
    counts = count_all(sequence)[:-1, :-1]
    n_before = counts.sum(axis=1)
    departures = n_before - np.diag(counts)
    independent = n_before * (1 - n_before / max(1, n_before.sum()))
    rate = departures.sum() / independent.sum() if independent.any() else 1.0
    if rate == 0:  # no departure is observed
        return np.full(len(counts), 1 - 1 / len(sequence))
    rates = (departures + N_PRIOR) / (independent + N_PRIOR / rate)
    return 1 - rates.clip(max=1)


def _sum_correlations(sequence, groups, correlation):
    """Sum correlation ** |lag| over all pairs of samples of each group."""
    order = np.argsort(groups, kind="stable")
    elapsed = sequence.elapsed[order]
    lags = np.diff(elapsed, prepend=0) / np.median(np.diff(sequence.elapsed))
    starts = np.diff(groups[order], prepend=-1) != 0
    before, sums = np.zeros(len(correlation)), np.empty((len(order), len(correlation)))
    for i, (lag, start) in enumerate(zip(lags, starts, strict=True)):
        before = 0 * before if start else correlation**lag * (1 + before)
        sums[i] = before  # correlations with all earlier samples of the group
    return _sum_groups(1 + 2 * sums, groups[order])
