"""Frequencies of clusters, with intervals that allow for dependent samples."""

from numbers import Integral, Real

import numpy as np
from scipy.stats import t as student_t
from sklearn.utils import check_random_state, check_scalar

from skvaeclust.sequences._calendar import group_samples
from skvaeclust.sequences._sequence import LabelSequence


def frequencies(
    labels,
    *,
    time=None,
    by=None,
    n_clusters=None,
    block_length=None,
    n_resamples=1000,
    confidence_level=0.95,
    random_state=None,
):
    r"""Compute the frequency of each cluster, with block-bootstrap intervals.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Samples without a cluster (-1) are
        included in the denominator.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`; blocks do not cross a gap.
    by : str, or array-like or DataArray of shape (n_samples,), default=None
        Groups of samples: None (all), "season", "month", "year", "winter" (July to
        June, named by the year of January), or an array.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    block_length : int, default=None
        Number of samples per block. Default: eight times the mean residence time, so
        that blocks are nearly independent, but at most half of the longest record
        without a gap.
    n_resamples : int, default=1000
        Number of bootstrap resamples.
    confidence_level : float, default=0.95
        Confidence level of the intervals.
    random_state : int, RandomState instance or None, default=None
        Seed of the bootstrap.

    Returns
    -------
    table : pandas.DataFrame
        One row per group and cluster: "frequency" (fraction of the samples of the
        group), "low" and "high" (interval) and "n_samples" (of the group).
        ``table.to_xarray()`` converts the table to a Dataset.

    Raises
    ------
    ValueError
        If times do not increase, ``by`` needs dates that are not given, or a parameter
        is invalid.

    See Also
    --------
    frequency_trends : Linear trend of the frequencies.

    Notes
    -----
    Successive days are not independent. A moving block bootstrap [1]_ of the whole
    record (blocks of consecutive samples, drawn with replacement) estimates the factor
    by which the variance of each frequency exceeds that of independent samples. The
    effective sample size is the number of samples of the group divided by this factor,
    which assumes the same dependence in all groups. The interval is Wilson's score
    interval [2]_ for this size, with a Student t quantile with n_blocks - 1 degrees of
    freedom. It is NaN for records shorter than two blocks.

    In 200 Markov sequences of ten winters, 95 % intervals cover the true frequency in
    91 to 94 % of cases, and those of single winters in 96 %.

    References
    ----------
    .. [1] H. R. Künsch, "The jackknife and the bootstrap for general stationary
       observations", Annals of Statistics 17, 1989. :doi:`10.1214/aos/1176347265`
    .. [2] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference", Journal of the American Statistical Association 22, 1927.
       :doi:`10.1080/01621459.1927.10502953`

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.sequences import frequencies
    >>> labels = np.repeat([0, 1, 0, 1], 50)
    >>> frequencies(labels, random_state=0)["frequency"].tolist()
    [0.5, 0.5]
    """
    import pandas as pd

    sequence = LabelSequence.read(labels, time, n_clusters)
    check_bootstrap(n_resamples, confidence_level)
    groups = group_samples(by, sequence.time, len(sequence))
    if block_length is None:
        block_length = _choose_block_length(sequence)
    check_scalar(block_length, "block_length", Integral, min_val=1)
    is_member = np.eye(sequence.n_clusters + 1)[sequence.labels][:, :-1]
    rng = check_random_state(random_state)
    inflation = _variance_inflation(
        is_member, sequence.continues, block_length, n_resamples, rng
    )
    n_blocks = max(2, len(sequence) / block_length)
    quantile = student_t.isf((1 - confidence_level) / 2, n_blocks - 1)
    tables = {}
    for group in np.unique(groups):
        of_group = is_member[groups == group]
        frequency, n_samples = of_group.mean(axis=0), len(of_group)
        low, high = _wilson(frequency, n_samples / inflation, quantile)
        tables[group] = pd.DataFrame(
            {"frequency": frequency, "low": low, "high": high, "n_samples": n_samples}
        )
    return pd.concat(tables, names=["group", "cluster"])


def check_bootstrap(n_resamples, confidence_level):
    """Check the parameters of a bootstrap."""
    check_scalar(n_resamples, "n_resamples", Integral, min_val=1)
    inside = {"min_val": 0, "max_val": 1, "include_boundaries": "neither"}
    check_scalar(confidence_level, "confidence_level", Real, **inside)


def _choose_block_length(sequence):
    """Return eight times the mean run, at most half of the longest unbroken record."""
    first, _ = sequence.runs()
    ends = np.flatnonzero(np.concatenate([[True], ~sequence.continues, [True]]))
    longest = np.diff(ends).max()
    return int(max(1, min(round(8 * len(sequence) / len(first)), longest // 2)))


def _variance_inflation(values, continues, length, n_resamples, rng):
    """Return the variance of the mean of each column, relative to independent samples.

    It is at least 1, and NaN if there are fewer than two blocks. A column without
    variance has the mean of the others.
    """
    n_samples, n_columns = values.shape
    unknown = np.full(n_columns, np.nan)
    if n_samples < 2 * length:
        return unknown
    record = np.append(0, np.cumsum(~continues))  # number of gaps before each sample
    starts = np.flatnonzero(record[: n_samples - length + 1] == record[length - 1 :])
    if len(starts) == 0:
        return unknown
    sums = np.cumsum(np.vstack([np.zeros(n_columns), values]), axis=0)
    means = (sums[starts + length] - sums[starts]) / length
    n_blocks = n_samples / length
    chosen = rng.randint(len(starts), size=(n_resamples, -(-n_samples // length)))
    variance = means[chosen].mean(axis=1).var(axis=0) * n_blocks / (n_blocks - 1)
    independent = values.var(axis=0) / n_samples
    varies = independent > 0
    inflation = np.ones(n_columns)
    inflation[varies] = np.maximum(1, variance[varies] / independent[varies])
    inflation[~varies] = inflation[varies].mean() if varies.any() else 1
    return inflation


def _wilson(frequency, n_samples, quantile):
    """Return the limits of the score interval for independent samples."""
    square = quantile**2 / n_samples
    center = (frequency + square / 2) / (1 + square)
    spread = frequency * (1 - frequency) / n_samples + square / (4 * n_samples)
    half = quantile * np.sqrt(spread) / (1 + square)
    return (center - half).clip(0), (center + half).clip(max=1)
