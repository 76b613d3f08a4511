"""Tests of trends of frequencies."""

import numpy as np
import pytest
from markov_chains import markov
from numpy.testing import assert_allclose
from scipy.stats import linregress, t

from skvaeclust.sequences import frequency_trends
from skvaeclust.sequences._trends import _fit_lines, _quantile_of_mixture


def test_trend_of_frequencies():
    rng = np.random.default_rng(0)
    days = np.arange("1980-07-01", "2020-07-01", dtype="M8[D]")
    chance = 0.3 + 0.1 * (days - days[0]).astype(float) / 3652.5
    labels = (rng.random(len(days)) < chance).astype(int)
    table = frequency_trends(labels, time=days)
    assert_allclose(table["trend"], [-0.1, 0.1], atol=0.01)
    assert ((table["low"] < table["trend"]) & (table["trend"] < table["high"])).all()
    assert table.loc[1, "low"] > 0
    assert_allclose(table["mean_frequency"], np.bincount(labels) / len(labels))
    assert_allclose(table["mean_year"], 2000.5, atol=0.01)
    with pytest.raises(ValueError, match=r"at least 3 years .*, got 1: 1980/81"):
        frequency_trends(labels[:365], time=days[:365])


def test_trend_of_all_samples():
    time = np.arange("2000-07", "2010-07", dtype="M8[M]").astype("M8[D]")
    labels = np.where(np.arange(120) % 12 < np.arange(120) // 12, 0, -1)
    table = frequency_trends(labels, time=time)
    assert_allclose(table["trend"], [10 / 12])


def test_trends_cover_zero_without_a_trend():
    days = np.concatenate(
        [np.datetime64(f"{year}-12-01") + np.arange(60) for year in range(2000, 2010)]
    )
    covered = []
    for seed in range(40):
        table = frequency_trends(markov(600, seed)[0], time=days, n_clusters=4)
        covered.append((table["low"] <= 0) & (table["high"] >= 0))
    assert 0.9 < np.mean(covered) < 1


def test_incomplete_years_make_no_trend():
    """Labels repeat every year, but the first and the last year are incomplete."""
    days = np.arange("2000-11-20", "2006-03-20", dtype="M8[D]")
    month = days.astype("M8[M]").astype(int) % 12
    labels = np.isin(month, [4, 5, 6, 7, 8]).astype(int)
    table = frequency_trends(labels, time=days)
    assert_allclose(table["trend"], 0, atol=1e-12)
    assert_allclose(table["mean_frequency"], np.bincount(labels) / len(labels))
    rising = np.where(
        np.arange(len(days)) % 10 < (days - days[0]).astype(int) // 365, 2, labels
    )
    trend = frequency_trends(rising, time=days).loc[2]
    assert_allclose(trend["trend"], 1, atol=0.05)  # 0.1 per year


def test_years_without_a_common_month():
    days = np.array(["2001-01-01", "2001-01-02", "2001-08-03", "2003-01-01"], "M8")
    with pytest.raises(ValueError, match="2001/02 has none with 2000/01, nor through"):
        frequency_trends([0, 1, 0, 1], time=days)


def test_errors_of_successive_years_that_depend():
    rng = np.random.default_rng(0)
    years, noise = np.arange(60), rng.standard_normal((60, 4))
    independent = noise.copy()
    for i in range(1, 60):
        noise[i] += 0.7 * noise[i - 1]
    sizes = np.full(60, 90)
    _, _, probability, correlations = _fit_lines(noise, years, sizes)
    assert 0.5 < probability @ correlations < 0.9
    _, _, probability, correlations = _fit_lines(independent, years, sizes)
    assert probability @ correlations < 0.25
    line = np.outer(years, [1.0, 2.0]) + 5
    slopes, errors, _, _ = _fit_lines(line, years, sizes)
    assert_allclose(slopes, np.broadcast_to([1, 2], slopes.shape))
    assert_allclose(errors, 0, atol=1e-9)


def test_interval_of_independent_years_is_that_of_least_squares():
    rng = np.random.default_rng(1)
    years, values = np.arange(12), rng.random((12, 2))
    slopes, errors, _, correlations = _fit_lines(values, years, np.full(12, 30))
    first = np.flatnonzero(correlations == 0)[0]
    for column in range(2):
        fit = linregress(years, values[:, column])
        assert_allclose(slopes[first, column], fit.slope)
        assert_allclose(errors[first, column], fit.stderr)


def test_quantiles_of_a_mixture():
    means, scales = np.array([[0.0, 1.0], [4.0, 1.0]]), np.array([[1.0, 2], [3, 2]])
    weights = np.array([0.3, 0.7])
    found = _quantile_of_mixture(0.9, means, scales, weights, 5)
    assert_allclose(weights @ t.cdf((found - means) / scales, 5), 0.9)
    assert_allclose(found[1], 1 + 2 * t.ppf(0.9, 5))


def test_constant_frequencies_have_no_trend():
    days = np.arange("2000-07-01", "2005-07-01", dtype="M8[D]")
    table = frequency_trends(np.zeros(len(days), int), time=days)
    assert_allclose(table[["trend", "low", "high"]], 0, atol=1e-12)


@pytest.mark.parametrize("time", [None, np.arange(18)])
def test_trends_need_dates(time):
    with pytest.raises(ValueError, match=r"^frequency_trends needs dates, got time"):
        frequency_trends([0, 1] * 9, time=time)
