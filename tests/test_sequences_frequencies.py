"""Tests of frequencies, their groups and their intervals."""

import cftime
import numpy as np
import pytest
import xarray as xr
from markov_chains import markov
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust.sequences import frequencies


def test_groups_of_all_samples_are_known():
    for by in ([1.0, np.nan, 2.0], np.array([None, "a", "b"], dtype=object)):
        with pytest.raises(
            ValueError, match=r"by\[\d\]=(nan|None) must be the group of"
        ):
            frequencies([0, 1, 0], by=by)


def test_frequencies_by_group():
    days = np.arange("2000-12-01", "2002-12-01", dtype="M8[D]")
    labels = (days.astype("M8[M]").astype(int) % 12 < 6).astype(int)
    by_month = frequencies(labels, time=days, by="month", random_state=0)
    assert_allclose(by_month.loc[(1, 1), "frequency"], 1)
    assert_allclose(by_month.loc[(7, 1), "frequency"], 0)
    assert by_month.loc[(2, 0), "n_samples"] == 56
    by_season = frequencies(labels, time=days, by="season", random_state=0)
    assert_allclose(by_season.loc[("DJF", 1), "frequency"], 118 / 180)
    winters = frequencies(labels, time=days, by="winter", random_state=0)
    assert sorted(set(winters.index.get_level_values(0))) == [2001, 2002, 2003]
    own = frequencies(labels, by=np.where(days < days[31], "a", "b"), random_state=0)
    assert own.loc[("a", 0), "n_samples"] == 31


def test_calendars_agree():
    days = np.arange("2001-01-01", "2001-12-31", dtype="M8[D]")
    other = [cftime.DatetimeNoLeap(d.year, d.month, d.day) for d in days.tolist()]
    labels = np.arange(len(days)) // 40 % 2
    for by in ("month", "season", "year"):
        one = frequencies(labels, time=days, by=by, random_state=0)
        two = frequencies(labels, time=other, by=by, random_state=0)
        assert one.equals(two)


def test_groups_of_a_data_array():
    days = np.arange("2000-11-01", "2005-03-01", dtype="M8[D]")
    labels = np.arange(len(days)) // 3 % 3
    labelled = xr.DataArray(labels, {"time": days}, ["time"])
    by_year = frequencies(labelled, by=labelled["time"].dt.year, random_state=0)
    assert_array_equal(
        by_year, frequencies(labels, time=days, by="year", random_state=0)
    )
    assert dict(by_year.to_xarray().sizes) == {"group": 6, "cluster": 3}


def test_intervals_cover_the_true_frequency():
    covered = []
    for seed in range(40):
        labels, true = markov(600, seed)
        table = frequencies(labels, n_clusters=4, n_resamples=200, random_state=seed)
        covered.append((table["low"] <= true) & (true <= table["high"]))
    assert 0.88 < np.mean(covered) < 0.98
    independent = frequencies(labels, block_length=1, random_state=0)
    width = (table["high"] - table["low"]) / (independent["high"] - independent["low"])
    assert (width > 1.2).all()  # days are not independent


def test_a_cluster_missing_in_a_group_has_an_interval():
    labels = np.r_[np.zeros(60, int), np.random.default_rng(0).integers(0, 2, 140)]
    table = frequencies(labels, by=np.arange(200) < 60, random_state=0)
    missing = table.loc[(True, 1)]
    assert missing["frequency"] == 0
    assert missing["low"] == 0
    assert 0.01 < missing["high"] < 0.6


def test_blocks_do_not_cross_gaps():
    # Each record of ten samples has one cluster, and so has every block.
    labels, time = np.repeat([0, 1], 10).repeat(1), np.arange(20.0)
    time[10:] += 100
    table = frequencies(labels, time=time, block_length=10, random_state=0)
    assert table["frequency"].tolist() == [0.5, 0.5]
    short = frequencies(labels, time=time, block_length=11, random_state=0)
    assert short["low"].isna().all()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"by": "week"}, "by='week' must be"),
        ({"by": "month"}, "needs dates, got time=None"),
        ({"by": "month", "time": [1.0, 2.0, 3.0]}, "need dates"),
        ({"by": [1, 2]}, "one group per sample: expected shape"),
        ({"block_length": 0}, "block_length"),
        ({"confidence_level": 1.0}, "confidence_level"),
    ],
)
def test_bad_groups_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        frequencies([0, 1, 0], **params)
