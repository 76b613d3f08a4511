"""Tests of the checks of labels and times, and of gaps."""

import re

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


def test_months_are_no_gaps():
    months = np.arange("2001-01", "2004-01", dtype="M8[M]").astype("M8[D]")
    labels = np.arange(36) % 2
    assert transition_counts(labels, time=months).sum() == 35
    winters = months[np.isin(months.astype("M8[M]").astype(int) % 12, [11, 0, 1])]
    assert len(winters) == 9
    assert transition_counts(labels[:9], time=winters).sum() == 9 - 1 - 3


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
def test_labels_and_times_of_all_integers(dtype):
    labels = np.array([0, 0, 1, 1, 0], dtype=dtype)
    assert_array_equal(transition_counts(labels), [[1, 1], [1, 1]])
    with pytest.raises(ValueError, match=r"time\[1\]=1 is not after time\[0\]=9"):
        transition_counts([0, 1], time=np.array([9, 1], dtype=dtype))


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


def test_samples_without_a_cluster():
    labels = [0, 0, -1, 0, 1, 1, 1, -1, -1, 0]
    counts = transition_counts(labels, n_clusters=3)
    assert_array_equal(counts, [[1, 1, 0], [0, 2, 0], [0, 0, 0]])
    table = persistence(labels, n_clusters=3)
    assert_allclose(table["frequency"], [0.4, 0.3, 0])
    assert_array_equal(table["n_runs"], [3, 1, 0])
    assert_allclose(table["mean_residence"], [4 / 3, 3, np.nan])
    # Of the three samples of 0 that have a successor, one stays.
    assert_allclose(table["geometric_residence"], [1.5, 3, np.nan])
    times = residence_times(labels)
    assert times.loc[0, "observed"].tolist() == [1, 1]  # the last run is incomplete
    assert times.loc[1, "observed"].tolist() == [0, 0, 1]
    assert_allclose(times.loc[0, "geometric"], 2 * np.array([2 / 3, 2 / 9]))
    fractions = frequencies(labels, random_state=0)["frequency"]
    assert_allclose(fractions, [0.4, 0.3])
    pairs = preferred_transitions(labels, random_state=0)
    assert pairs["count"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, -2, 1], "must be >= -1, got -2"),
        ([-1, -1, -1], "all labels are -1"),
        ([[0, 1]], r"1 integers, one per sample; got .* shape \(1, 2\)"),
        (np.zeros(0, dtype=int), "at least 1 sample, got 0"),
    ],
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises(ValueError, match=message):
        transition_counts(labels)
