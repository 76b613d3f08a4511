"""Linear trends of the frequencies of clusters."""

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.stats import t as student_t

from skvaeclust.sequences._calendar import (
    count_months,
    group_samples,
    months_and_years,
    name_winter,
)
from skvaeclust.sequences._frequencies import check_confidence_level
from skvaeclust.sequences._runs import warn_about_pieces
from skvaeclust.sequences._sequence import LabelSequence

CORRELATIONS = np.linspace(0, 0.95, 20)  # of successive years
MIN_YEARS = 8  # for an estimate of the correlation


def frequency_trends(labels, *, time=None, n_clusters=None, confidence_level=0.95):
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
    confidence_level : float, default=0.95
        Confidence level of the intervals.

    Returns
    -------
    table : pandas.DataFrame
        One row per cluster: "trend" (change of the frequency per decade), "low" and
        "high" (interval), the point that the line passes through, "mean_year" and
        "mean_frequency", and "autocorrelation" (of the errors of successive years).

    Raises
    ------
    ValueError
        If there are fewer than three years, or if years have no month in common.

    Warns
    -----
    UserWarning
        If a cluster has fewer than three separate runs.

    See Also
    --------
    frequencies : Frequencies by year or season.

    Notes
    -----
    A year lasts from July to June, which keeps a winter together. Frequencies of years
    are adjusted for the months that each year contains: an effect of the year and one
    of the month are fitted to the samples together. The trend is fitted to the effects
    of the years by generalised least squares; the weight of a year is its number of
    samples. Errors of successive years have a correlation of at least 0, the same for
    all clusters ("autocorrelation"), estimated by restricted maximum likelihood; with
    fewer than eight years, it is set to 0. The interval uses a Student t quantile with
    n_years - 2 degrees of freedom.

    In simulated sequences without a trend, 95 % intervals contain zero in 95 to 97 % of
    cases if years are independent (:ref:`measured <calibration>`), and in 94 % if the
    frequencies of successive years have a correlation of 0.3. Higher correlations are
    underestimated: with 0.6, the intervals contain zero in 90 to 92 % of cases.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.sequences import frequency_trends
    >>> time = np.arange("2000-07", "2010-07", dtype="M8[M]").astype("M8[D]")
    >>> labels = (np.arange(120) % 12 < np.arange(120) // 12).astype(int)
    >>> frequency_trends(labels, time=time)["trend"].round(2).tolist()
    [-0.83, 0.83]
    """
    import pandas as pd

    sequence = LabelSequence.read(labels, time, n_clusters)
    check_confidence_level(confidence_level)
    warn_about_pieces(sequence.labels, sequence.n_clusters)
    winters = group_samples("winter", sequence.time, len(sequence))
    years, number = np.unique(winters, return_inverse=True)
    n = len(years)
    if n < 3:
        raise ValueError(
            f"time must span at least 3 years (July to June), got {n}: "
            f"{', '.join(map(name_winter, years))}."
        )
    frequency = _frequencies_of_years(sequence, years, number)
    n_samples = np.bincount(number)
    trend, error, correlation = _fit_line(frequency, years, n_samples)
    half = student_t.isf((1 - confidence_level) / 2, n - 2) * error
    return pd.DataFrame(
        {
            "trend": 10 * trend,
            "low": 10 * (trend - half),
            "high": 10 * (trend + half),
            "mean_year": np.average(years, weights=n_samples),
            "mean_frequency": np.average(frequency, axis=0, weights=n_samples),
            "autocorrelation": correlation,
        },
        pd.RangeIndex(sequence.n_clusters, name="cluster"),
    )


def _frequencies_of_years(sequence, years, number):
    """Return frequencies by year, adjusted for the months that each year contains.

    The frequency is the sum of an effect of the year and one of the month, fitted by
    least squares. The mean effect of the month over all samples is 0.
    """
    counts = count_months(number, sequence.time)
    month = months_and_years(sequence.time)[0] - 1
    _, part = connected_components(
        np.block([[0 * counts @ counts.T, counts], [counts.T, 0 * counts.T @ counts]])
    )
    n_years = len(counts)
    apart = np.flatnonzero(part[:n_years] != part[0])
    if apart.size:
        raise ValueError(
            "Years (July to June) must have months in common, but "
            f"{name_winter(years[apart[0]])} has none with {name_winter(years[0])}, "
            "nor through other years."
        )
    matrix = np.block(
        [[np.diag(counts.sum(axis=1)), counts], [counts.T, np.diag(counts.sum(axis=0))]]
    )
    sums = np.zeros((n_years + 12, sequence.n_clusters + 1))
    np.add.at(sums, (number, sequence.labels), 1)
    np.add.at(sums, (n_years + month, sequence.labels), 1)
    effects = np.linalg.lstsq(matrix, sums[:, :-1])[0]
    mean = np.average(effects[n_years:], axis=0, weights=counts.sum(axis=0))
    return effects[:n_years] + mean


def _fit_line(values, years, weights):
    """Fit lines to the columns of values by generalised least squares.

    Errors of successive years have the same correlation in all columns, at least 0,
    which maximises the sum of the restricted log-likelihoods. Return the slopes, their
    standard errors and the correlation.
    """
    best = -np.inf
    X = np.column_stack([np.ones(len(years)), years - np.mean(years)])
    for correlation in CORRELATIONS if len(years) >= MIN_YEARS else [0.0]:
        lags = np.abs(years[:, None] - years)
        covariance = correlation**lags / np.sqrt(np.outer(weights, weights))
        inverse = np.linalg.inv(covariance)
        precision = X.T @ inverse @ X
        coefficients = np.linalg.solve(precision, X.T @ inverse @ values)
        residuals = values - X @ coefficients
        squares = (residuals * (inverse @ residuals)).sum(axis=0)
        n_free = len(years) - 2
        varies = squares > 1e-12 * weights.sum()
        determinants = (
            np.linalg.slogdet([covariance])[1] + np.linalg.slogdet([precision])[1]
        )
        likelihood = -(n_free * np.log(squares[varies]) + determinants).sum()
        if likelihood > best:
            best = likelihood
            variance = np.linalg.inv(precision)[1, 1] * squares / n_free
            result = coefficients[1], np.sqrt(variance), correlation
    return result
