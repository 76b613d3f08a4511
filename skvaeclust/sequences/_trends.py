"""Linear trends of the frequencies of clusters."""

import numpy as np
from scipy.stats import t as student_t
from sklearn.utils import check_random_state

from skvaeclust.sequences._calendar import group_samples
from skvaeclust.sequences._frequencies import check_bootstrap
from skvaeclust.sequences._sequence import LabelSequence


def frequency_trends(
    labels,
    time=None,
    *,
    n_clusters=None,
    n_resamples=1000,
    confidence_level=0.95,
    random_state=None,
):
    """Estimate the linear trend of the frequency of each cluster over the years.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Samples without a cluster (-1) are
        included in the denominator.
    time : array-like of shape (n_samples,), default=None
        Increasing dates: datetime64, or dates of any calendar (cftime). Default: the
        coordinate of a DataArray.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    n_resamples : int, default=1000
        Number of bootstrap resamples of the years.
    confidence_level : float, default=0.95
        Confidence level of the intervals.
    random_state : int, RandomState instance or None, default=None
        Seed of the bootstrap.

    Returns
    -------
    table : pandas.DataFrame
        One row per cluster: "trend" (change of the frequency per decade), "low" and
        "high" (interval), and the point that the line passes through, "mean_year" and
        "mean_frequency".

    Raises
    ------
    ValueError
        If there are fewer than three years.

    See Also
    --------
    frequencies : Frequencies by year or season.

    Notes
    -----
    A year lasts from July to June, which keeps a winter together. The frequencies of
    years are fitted by weighted least squares; the weight of a year is its number of
    samples. Years are resampled with replacement, which assumes that they are
    independent. The interval uses the standard deviation of the resampled trends and a
    Student t quantile with n_years - 2 degrees of freedom. In 200 Markov sequences of
    ten winters without a trend, 95 % intervals contain zero in 96 % of cases.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.sequences import frequency_trends
    >>> time = np.arange("2000-07", "2010-07", dtype="M8[M]").astype("M8[D]")
    >>> labels = (np.arange(120) % 12 < np.arange(120) // 12).astype(int)
    >>> frequency_trends(labels, time, random_state=0)["trend"].round(2).tolist()
    [-0.83, 0.83]
    """
    import pandas as pd

    sequence = LabelSequence.read(labels, time, n_clusters)
    check_bootstrap(n_resamples, confidence_level)
    winters = group_samples("winter", sequence.time, len(sequence))
    years, number = np.unique(winters, return_inverse=True)
    n = len(years)
    if n < 3:
        raise ValueError(f"Expected at least 3 years, got {n}.")
    counts = np.zeros((n, sequence.n_clusters + 1))  # the last column: no cluster
    np.add.at(counts, (number, sequence.labels), 1)
    n_samples = counts.sum(axis=1)
    frequency = counts[:, :-1] / n_samples[:, None]
    rng = check_random_state(random_state)
    resamples = rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)
    slopes = [_slope(years / 10, frequency, n_samples * times) for times in resamples]
    quantile = student_t.isf((1 - confidence_level) / 2, n - 2)
    half = quantile * np.nanstd(slopes, axis=0) * np.sqrt(n / (n - 2))
    trend = _slope(years / 10, frequency, n_samples)
    return pd.DataFrame(
        {
            "trend": trend,
            "low": trend - half,
            "high": trend + half,
            "mean_year": np.average(years, weights=n_samples),
            "mean_frequency": np.average(frequency, axis=0, weights=n_samples),
        },
        pd.RangeIndex(sequence.n_clusters, name="cluster"),
    )


def _slope(x, y, weights):
    """Return the weighted least-squares slope of each column; NaN if x is constant."""
    x = x - np.average(x, weights=weights)
    spread = weights @ x**2
    if spread == 0:
        return np.full(y.shape[1], np.nan)
    return (weights * x) @ y / spread
