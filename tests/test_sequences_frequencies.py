"""Tests of frequencies, their groups and their intervals."""

import cftime
import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust.sequences import frequencies
from skvaeclust.sequences._dependence import (
    _lag_one_correlation,
    _sum_correlations,
    variance_factors,
)
from skvaeclust.sequences._sequence import LabelSequence


def test_groups_of_all_samples_are_known():
    for by in ([1.0, np.nan, 2.0], np.array([None, "a", "b"], dtype=object)):
        with pytest.raises(
            ValueError, match=r"by\[\d\]=(nan|None) must be the group of"
        ):
            frequencies([0, 1, 0], by=by)


@pytest.mark.filterwarnings("ignore:Clusters with fewer than 3 separate runs")
def test_frequencies_by_group():
    days = np.arange("2000-12-01", "2002-12-01", dtype="M8[D]")
    labels = (days.astype("M8[M]").astype(int) % 12 < 6).astype(int)
    by_month = frequencies(labels, time=days, by="month")
    assert_allclose(by_month.loc[(1, 1), "frequency"], 1)
    assert_allclose(by_month.loc[(7, 1), "frequency"], 0)
    assert by_month.loc[(2, 0), "n_samples"] == 56
    by_season = frequencies(labels, time=days, by="season")
    assert_allclose(by_season.loc[("DJF", 1), "frequency"], 118 / 180)
    winters = frequencies(labels, time=days, by="winter")
    names = winters.index.unique("group").to_list()
    assert names == ["2000/01", "2001/02", "2002/03"]
    own = frequencies(labels, by=np.where(days < days[31], "a", "b"))
    assert own.loc[("a", 0), "n_samples"] == 31


def test_calendars_agree():
    days = np.arange("2001-01-01", "2001-12-31", dtype="M8[D]")
    other = [cftime.DatetimeNoLeap(d.year, d.month, d.day) for d in days.tolist()]
    labels = np.arange(len(days)) // 40 % 2
    for by in ("month", "season", "year"):
        one = frequencies(labels, time=days, by=by)
        two = frequencies(labels, time=other, by=by)
        assert one.equals(two)


def test_groups_of_a_data_array():
    days = np.arange("2000-11-01", "2005-03-01", dtype="M8[D]")
    labels = np.arange(len(days)) // 3 % 3
    labelled = xr.DataArray(labels, {"time": days}, ["time"])
    by_year = frequencies(labelled, by=labelled["time"].dt.year)
    expected = frequencies(labels, time=days, by="year").drop(columns="complete")
    assert_array_equal(by_year, expected)
    assert dict(by_year.to_xarray().sizes) == {"group": 6, "cluster": 3}


def chain(n_samples, stay, frequency, rng):
    """Return labels that stay, or else are drawn by frequency."""
    draw = rng.random(n_samples) >= stay
    draw[0] = True
    drawn = rng.choice(len(frequency), size=n_samples, p=frequency)
    return drawn[np.maximum.accumulate(np.where(draw, np.arange(n_samples), 0))]


@pytest.mark.filterwarnings("ignore:Clusters with fewer than 3 separate runs")
@pytest.mark.parametrize("stay", [0, 0.8, 0.95])
def test_intervals_cover_the_true_frequency(stay):
    true, covered = np.array([0.5, 0.3, 0.17, 0.03]), []
    for seed in range(60):
        labels = chain(900, stay, true, np.random.default_rng(seed))
        table = frequencies(labels, n_clusters=4)
        covered.append((table["low"] <= true) & (true <= table["high"]))
    assert 0.92 < np.mean(covered) < 0.99
    assert np.mean(covered, axis=0).min() > 0.87


def test_factors_are_those_of_a_markov_chain():
    rng, true = np.random.default_rng(0), [0.6, 0.4]
    labels = chain(100_000, 0.8, true, rng)
    sequence = LabelSequence.read(labels)
    factors, n_blocks = variance_factors(sequence, np.arange(len(labels)) // 10)
    assert n_blocks == 10
    assert_allclose(_lag_one_correlation(sequence), 0.8, atol=0.01)
    lags = np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
    expected = (0.8**lags).sum() / 10
    ratio = factors / expected  # times the common correction
    assert np.ptp(ratio) < 0.1
    assert 0.2 < ratio.mean() < 2.6  # chi-square, 9 degrees of freedom
    independent = LabelSequence.read(rng.integers(0, 2, 100_000))
    factors, _ = variance_factors(independent, np.zeros(100_000, int))
    assert 0.2 < factors.mean() < 2.6
    with_gaps = LabelSequence.read(labels[:2000], np.cumsum(rng.choice([1, 9], 2000)))
    groups = np.arange(2000)
    sums = _sum_correlations(with_gaps, groups % 2, np.array([0.8]))
    time = with_gaps.time / np.median(np.diff(with_gaps.time))
    time = time[groups % 2 == 1]
    assert_allclose(sums[1], (0.8 ** np.abs(time - time[:, None])).sum())


def test_the_annual_cycle_does_not_widen_intervals():
    days = np.arange("2000-01-01", "2004-01-01", dtype="M8[D]")
    summer = np.isin(days.astype("M8[M]").astype(int) % 12, range(3, 9))
    noise = np.random.default_rng(0).random(len(days))
    labels = (noise < np.where(summer, 0.9, 0.1)).astype(int)
    width = np.ptp(frequencies(labels, time=days)[["low", "high"]], axis=1)
    assert (width < np.ptp(frequencies(labels)[["low", "high"]], axis=1) / 2).all()


def test_incomplete_years():
    days = np.arange("2000-12-01", "2004-02-05", dtype="M8[D]")
    days = days[np.isin(days.astype("M8[M]").astype(int) % 12, [11, 0, 1])]
    labels = np.arange(len(days)) % 2
    winters = frequencies(labels, time=days, by="winter")["complete"].xs(0, level=1)
    assert winters.to_dict() == {
        "2000/01": True,
        "2001/02": True,
        "2002/03": True,
        "2003/04": False,
    }
    years = frequencies(labels, time=days, by="year")["complete"].xs(0, level=1)
    assert years.to_list() == [False, True, True, True, False]


def test_a_cluster_missing_in_a_group_has_an_interval():
    labels = np.r_[np.zeros(60, int), np.random.default_rng(0).integers(0, 2, 140)]
    table = frequencies(labels, by=np.arange(200) < 60)
    missing = table.loc[(True, 1)]
    assert missing["frequency"] == 0
    assert missing["low"] == 0
    assert 0.01 < missing["high"] < 0.6


def test_a_single_label_has_no_interval():
    assert frequencies(np.zeros(50, int))["low"].isna().all()
    assert frequencies([3])["high"].isna().all()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"by": "week"}, "by='week' must be"),
        ({"by": "month"}, "needs dates, got time=None"),
        ({"by": "month", "time": [1.0, 2.0, 3.0]}, "needs dates, got time of"),
        ({"by": [1, 2]}, "one group per sample: expected shape"),
        ({"by": np.ma.masked_equal([1, 2, 3], 2)}, "by has masked values"),
        ({"confidence_level": 1.0}, "confidence_level=1.0 must be strictly"),
        ({"confidence_level": np.nan}, "confidence_level=nan must be strictly"),
    ],
)
def test_bad_groups_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        frequencies([0, 1, 0], **params)
