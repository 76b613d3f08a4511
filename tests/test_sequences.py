"""Tests of gaps, transitions and persistence against counts by hand."""

import re

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust.composites import lead_lag_composites
from skvaeclust.sequences import (
    persistence,
    transition_counts,
    transition_probabilities,
)


def test_months_are_no_gaps():
    months = np.arange("2001-01", "2004-01", dtype="M8[M]").astype("M8[D]")
    labels = np.arange(36) % 2
    assert transition_counts(labels, time=months).sum() == 35
    winters = months[np.isin(months.astype("M8[M]").astype(int) % 12, [11, 0, 1])]
    assert len(winters) == 9
    assert transition_counts(labels[:9], time=winters).sum() == 9 - 1 - 3


def test_counts_and_persistence_by_hand():
    labels = [0, 0, 0, 1, 0, 0, 2, 2]
    time = [1, 2, 3, 4, 5, 9, 10, 11]  # a gap between the fifth and the sixth
    counts = transition_counts(labels, time=time, n_clusters=4)
    expected = np.zeros((4, 4), dtype=int)
    expected[0, :3], expected[1, 0], expected[2, 2] = [2, 1, 1], 1, 1
    assert_array_equal(counts, expected)
    p = transition_probabilities(counts)
    assert_allclose(p[0], [0.5, 0.25, 0.25, 0])
    assert np.isnan(p[3]).all()
    table = persistence(labels, time=time, n_clusters=4)
    assert_allclose(table["frequency"], [5 / 8, 1 / 8, 2 / 8, 0])
    assert_array_equal(table["n_runs"], [3, 1, 1, 0])
    assert_allclose(table["mean_residence"], [5 / 3, 1, 2, np.nan])
    assert_allclose(table["longest_residence"], [3, 1, 2, np.nan])
    assert_allclose(table["geometric_residence"], [2, 1, np.inf, np.nan])


@pytest.mark.parametrize("seed", range(3))
def test_residence_of_a_sequence_without_other_memory(seed):
    rng = np.random.default_rng(seed)
    stay = np.array([0.5, 0.8])
    labels = [0]
    for u in rng.random(20_000):
        labels.append(labels[-1] if u < stay[labels[-1]] else 1 - labels[-1])
    table = persistence(labels)
    assert_allclose(table["mean_residence"], 1 / (1 - stay), rtol=0.05)
    assert_allclose(table["geometric_residence"], table["mean_residence"], rtol=1e-2)


def test_composites_do_not_cross_a_gap():
    record = np.arange(8.0)[:, None]
    days = np.datetime64("2020-01-01") + np.array([0, 1, 2, 3, 10, 11, 12, 13])
    found = lead_lag_composites(record, [3, 5], [0, 0], [-2, 0, 2], time=days)
    assert_array_equal(found.n_members, [[1, 2, 1]])
    assert_allclose(found.means[0, :, 0], [1, 4, 7])
    of_times = lead_lag_composites(
        record, days[[3, 5]].astype("M8[ns]"), [0, 0], [-2, 0, 2], time=days
    )
    assert_array_equal(of_times.means, found.means)
    without = lead_lag_composites(record, [3, 5], [0, 0], [-2, 0, 2])
    assert_array_equal(without.n_members, [[2, 2, 2]])
    late = days[:1] + 99
    with pytest.raises(ValueError, match=r"events 2020-04-09 are not among the times"):
        lead_lag_composites(record, late, [0], [0], time=days)


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ([1, 2, 2], "time[2]=2 is not after time[1]=2"),
        ([1, 2], "one value per sample: 3"),
    ],
)
def test_bad_times_are_named(time, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        transition_counts([0, 1, 0], time=time)
    with pytest.raises(ValueError, match="labels must be < n_clusters=2, got 3"):
        transition_counts([0, 3, 1], n_clusters=2)


def test_times_of_all_kinds():
    days = np.append(np.arange(4), [9, 10]) + np.datetime64("2001-01-01")
    stamps = pd.DatetimeIndex(days)
    times = [
        stamps,
        stamps.to_list(),
        stamps.tz_localize("UTC"),
        days.astype("M8[s]").astype(object),
        days - days[0],
        days.astype(int).astype("M8[M]"),
    ]
    for time in times:
        assert transition_counts([0, 0, 1, 1, 0, 1], time=time).sum() == 4
    wrong = {
        "got the type <U": ["2001-01-01", "2001-01-02"],
        "dates, got '2001-01-01'": np.array(["2001-01-01", 3], dtype=object),
        r"time\[1\] is NaT or NaN": np.array(["2001-01-01", "NaT"], dtype="M8[D]"),
        r"time\[0\] is NaT or NaN": [np.nan, 1.0],
    }
    for message, time in wrong.items():
        with pytest.raises(ValueError, match=message):
            transition_counts([0, 1], time=time)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64])
def test_labels_of_all_integers(dtype):
    labels = np.array([0, 0, 1, 1, 0], dtype=dtype)
    assert_array_equal(transition_counts(labels), [[1, 1], [1, 1]])


def test_events_and_records_have_dates_of_different_types():
    days = np.arange("2001-01-01", "2001-01-21", dtype="M8[D]")
    record, events = np.zeros((20, 1, 2, 2)), days[[3, 9]]
    for time in (days, days.astype("M8[s]").astype(object), days.astype("M8[ns]")):
        for sought in (events, events.astype("M8[ns]"), pd.DatetimeIndex(events)):
            found = lead_lag_composites(record, sought, [0, 1], [0], time=time)
            assert found.n_members.tolist() == [[1], [1]]
