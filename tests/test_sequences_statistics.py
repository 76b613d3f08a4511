"""Frequencies, trends, residence times and transitions, against known sequences."""

import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust.sequences import (
    frequencies,
    frequency_trends,
    persistence,
    preferred_transitions,
    residence_times,
    transition_counts,
)

STAY = np.array([0.8, 0.7, 0.75, 0.6])
WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])


def markov(n_samples, seed, preferred=None):
    """Draw a sequence that leaves i for j in proportion to the weight of j."""
    leave = np.tile(WEIGHTS, (4, 1)) * ~np.eye(4, dtype=bool)
    if preferred is not None:
        leave[preferred] *= 8
    leave /= leave.sum(axis=1, keepdims=True)
    chances = np.diag(STAY) + (1 - STAY)[:, None] * leave
    rng, labels = np.random.default_rng(seed), [0]
    for _ in range(n_samples - 1):
        labels.append(int(rng.choice(4, p=chances[labels[-1]])))
    return np.array(labels), np.linalg.matrix_power(chances, 200)[0]


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


def test_intervals_cover_the_true_frequency():
    covered = []
    for seed in range(40):
        labels, true = markov(600, seed)
        table = frequencies(labels, n_clusters=4, n_resamples=200, random_state=seed)
        covered.append((table["low"] <= true) & (true <= table["high"]))
    assert 0.88 < np.mean(covered) < 0.98
    independent = frequencies(labels, block_length=1, random_state=0)
    width = (table["high"] - table["low"]) / (independent["high"] - independent["low"])
    assert (width > 1.2).all()  # days are no independent draws


def test_a_cluster_missing_in_a_group_has_an_interval():
    labels = np.r_[np.zeros(60, int), np.random.default_rng(0).integers(0, 2, 140)]
    table = frequencies(labels, by=np.arange(200) < 60, random_state=0)
    missing = table.loc[(True, 1)]
    assert missing["frequency"] == 0
    assert missing["low"] == 0
    assert 0.01 < missing["high"] < 0.6


def test_blocks_do_not_cross_gaps():
    # Every stretch of ten samples has one cluster: so has every block.
    labels, time = np.repeat([0, 1], 10).repeat(1), np.arange(20.0)
    time[10:] += 100
    table = frequencies(labels, time=time, block_length=10, random_state=0)
    assert table["frequency"].tolist() == [0.5, 0.5]
    short = frequencies(labels, time=time, block_length=11, random_state=0)
    assert short["low"].isna().all()


def test_trend_of_frequencies():
    rng = np.random.default_rng(0)
    days = np.arange("1980-07-01", "2020-07-01", dtype="M8[D]")
    chance = 0.3 + 0.1 * (days - days[0]).astype(float) / 3652.5
    labels = (rng.random(len(days)) < chance).astype(int)
    table = frequency_trends(labels, days, random_state=0)
    assert_allclose(table["trend"], [-0.1, 0.1], atol=0.01)
    assert ((table["low"] < table["trend"]) & (table["trend"] < table["high"])).all()
    assert table.loc[1, "low"] > 0
    with pytest.raises(ValueError, match="at least 3 years, got 1"):
        frequency_trends(labels[:365], days[:365])


def test_trends_cover_zero_without_a_trend():
    days = np.concatenate(
        [np.datetime64(f"{year}-12-01") + np.arange(60) for year in range(2000, 2010)]
    )
    covered = []
    for seed in range(40):
        table = frequency_trends(
            markov(600, seed)[0], days, n_clusters=4, n_resamples=200, random_state=seed
        )
        covered.append((table["low"] <= 0) & (table["high"] >= 0))
    assert 0.9 < np.mean(covered) < 1


def test_residence_times_by_hand():
    labels = [0, 0, 1, 0, 1, 1, 0, 0, 0, 1]
    table = residence_times(labels, time=[1, 2, 3, 4, 5, 6, 7, 8, 9, 20])
    # The last run of 0 ends at a gap, and the last of 1 with the record.
    assert table.loc[0, "observed"].tolist() == [1, 1]
    assert table.loc[1, "observed"].tolist() == [1, 1]
    stay = 3 / 5  # of the five samples of 0 that are followed by another
    assert_allclose(table.loc[0, "geometric"], 2 * (1 - stay) * stay ** np.arange(2))


def test_residence_of_a_markov_chain_is_geometric():
    labels, _ = markov(50_000, 0)
    table = residence_times(labels)
    many = table[table["geometric"] > 200]
    assert_allclose(many["observed"], many["geometric"], rtol=0.2)
    assert_allclose(table.groupby("cluster").sum()["observed"].sum(), 13_500, rtol=0.1)


def test_transitions_without_preference_are_seldom_rejected():
    p, any_discovery = [], 0
    for seed in range(60):
        labels, _ = markov(500, seed)
        table = preferred_transitions(labels, n_surrogates=200, random_state=seed)
        p.append(table["p_value"])
        any_discovery += (table["q_value"] < 0.05).any()
    assert np.mean(np.array(p) < 0.05) < 0.08
    assert np.mean(np.array(p) < 0.5) > 0.4
    assert any_discovery <= 8


@pytest.mark.parametrize("pair", [(0, 3), (2, 1)])
def test_preferred_transitions_are_found(pair):
    labels, _ = markov(900, 0, preferred=pair)
    table = preferred_transitions(labels, random_state=0)
    assert table.loc[pair, "p_value"] == table["p_value"].min() < 0.01
    assert table.loc[pair, "ratio"] > 1
    counts = table["count"].unstack(fill_value=0).to_numpy()
    expected = table["expected"].unstack(fill_value=0).to_numpy()
    assert_allclose(expected.sum(axis=0), counts.sum(axis=0), rtol=1e-3)
    assert_allclose(expected.sum(axis=1), counts.sum(axis=1), rtol=1e-3)


def test_two_clusters_have_nothing_to_prefer():
    table = preferred_transitions([0, 1, 0, 0, 1, 1, 0], random_state=0)
    assert_array_equal(table["count"], table["expected"])
    assert_array_equal(table["p_value"], 1)


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


STATISTICS = [
    transition_counts,
    persistence,
    residence_times,
    lambda labels, **params: preferred_transitions(labels, random_state=0, **params),
    lambda labels, **params: frequencies(labels, random_state=0, **params),
    lambda labels, **params: frequency_trends(labels, random_state=0, **params),
]


def winters(calendar="numpy"):
    """Return labels of five winters, and their dates."""
    days = np.arange("2000-11-01", "2005-03-01", dtype="M8[D]")
    days = days[np.isin(days.astype("M8[M]").astype(int) % 12, [10, 11, 0, 1])]
    labels = np.random.default_rng(0).integers(0, 3, len(days) // 3 + 1).repeat(3)
    if calendar == "cftime":
        common = [d for d in days.tolist() if (d.month, d.day) != (2, 29)]
        days = np.array([cftime.DatetimeNoLeap(d.year, d.month, d.day) for d in common])
    return labels[: len(days)], days


@pytest.mark.parametrize("calendar", ["numpy", "cftime"])
@pytest.mark.parametrize("statistic", STATISTICS)
def test_time_of_a_data_array(statistic, calendar):
    labels, days = winters(calendar)
    labelled = xr.DataArray(labels, {"time": days}, ["time"])
    found, expected = statistic(labelled), statistic(labels, time=days)
    if isinstance(found, np.ndarray):
        assert_array_equal(found, expected)
    else:
        pd.testing.assert_frame_equal(found, expected)
    members = xr.concat([labelled, labelled], "member")
    with pytest.raises(
        ValueError, match=r"dimensions \('member', 'time'\)\. Select one"
    ):
        statistic(members)


def test_coordinates_that_are_no_times():
    labels, days = winters()
    named = xr.DataArray(labels, {"day": days.astype(str)}, ["day"])
    with pytest.raises(ValueError, match="'day' of labels must hold numbers or dates"):
        transition_counts(named)
    assert_array_equal(
        transition_counts(named, time=days), transition_counts(labels, time=days)
    )
    without = xr.DataArray(labels, dims=["day"])
    assert_array_equal(transition_counts(without), transition_counts(labels))


def test_groups_of_a_data_array():
    labels, days = winters()
    labelled = xr.DataArray(labels, {"time": days}, ["time"])
    by_year = frequencies(labelled, by=labelled["time"].dt.year, random_state=0)
    assert_array_equal(
        by_year, frequencies(labels, time=days, by="year", random_state=0)
    )
    assert dict(by_year.to_xarray().sizes) == {"group": 6, "cluster": 3}


def test_samples_without_a_cluster():
    labels = [0, 0, -1, 0, 1, 1, 1, -1, -1, 0]
    counts = transition_counts(labels, n_clusters=3)
    assert_array_equal(counts, [[1, 1, 0], [0, 2, 0], [0, 0, 0]])
    table = persistence(labels, n_clusters=3)
    assert_allclose(table["frequency"], [0.4, 0.3, 0])
    assert_array_equal(table["n_runs"], [3, 1, 0])
    assert_allclose(table["mean_residence"], [4 / 3, 3, np.nan])
    # Of three samples of 0 that another follows, one stays, and one goes to no cluster.
    assert_allclose(table["geometric_residence"], [1.5, 3, np.nan])
    times = residence_times(labels)
    assert times.loc[0, "observed"].tolist() == [1, 1]  # the last run does not end
    assert times.loc[1, "observed"].tolist() == [0, 0, 1]
    assert_allclose(times.loc[0, "geometric"], 2 * np.array([2 / 3, 2 / 9]))
    share = frequencies(labels, random_state=0)["frequency"]
    assert_allclose(share, [0.4, 0.3])
    pairs = preferred_transitions(labels, random_state=0)
    assert pairs["count"].tolist() == [1, 0]


def test_trend_of_all_samples():
    time = np.arange("2000-07", "2010-07", dtype="M8[M]").astype("M8[D]")
    labels = np.where(np.arange(120) % 12 < np.arange(120) // 12, 0, -1)
    table = frequency_trends(labels, time, random_state=0)
    assert_allclose(table["trend"], [10 / 12])


@pytest.mark.parametrize(
    ("labels", "message"),
    [([0, -2, 1], "must be >= -1, got -2"), ([-1, -1, -1], "all labels are -1")],
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises(ValueError, match=message):
        transition_counts(labels)
