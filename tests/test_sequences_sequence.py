"""Tests of the checks of labels and times, and of gaps."""

import re
from datetime import date, datetime, timedelta, timezone

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
from skvaeclust.sequences._sequence import LabelSequence, as_time

TWO_HOURS_EAST = timezone(timedelta(hours=2))


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


def test_dates_of_the_standard_library():
    expected = np.arange(4) + np.datetime64("2001-01-01")
    days = [date.fromordinal(d.toordinal()) for d in expected.tolist()]
    utc = [datetime(d.year, d.month, d.day, 2, tzinfo=TWO_HOURS_EAST) for d in days]
    for time in (days, utc, pd.PeriodIndex(expected, freq="D"), [days[0], *utc[1:]]):
        found = as_time(time)
        assert found.dtype.kind == "M"
        assert_array_equal(found, expected)
    table = frequencies(np.arange(4) % 2, time=days, by="month")
    assert table["n_samples"].tolist() == [4, 4]


NOT_TIMES = {
    r"time\[1\] is NaT or NaN": pd.DatetimeIndex(["2001-01-01", None]),
    r"time\[0\] is NaT or NaN": [None, date(2001, 1, 1)],
    r"time\[1\] is masked": np.ma.masked_invalid([0.0, np.nan]),
    "a Dataset": xr.Dataset({"time": [0, 1]}),
    "got the type complex": [0, 1j],
    "got the type bool": [False, True],
    "of one type and calendar, got .*DatetimeNoLeap": [
        cftime.DatetimeNoLeap(2001, 1, 1),
        date(2001, 1, 2),
    ],
    "got the type timedelta64": np.array([0, 1], "m8[M]"),
    r"time must be < 2\*\*63": np.array([0, 2**63], "u8"),
    "2 expected, got the shape": 3.0,
    r"time\[1\]=1 is not after": np.array([2, 1], "u1"),
}


@pytest.mark.parametrize("message", NOT_TIMES)
def test_times_that_are_refused(message):
    with pytest.raises(ValueError, match=message):
        transition_counts([0, 1], time=NOT_TIMES[message])


STATISTICS = [
    transition_counts,
    lambda labels, **params: persistence(labels, random_state=0, **params),
    residence_times,
    lambda labels, **params: preferred_transitions(labels, random_state=0, **params),
    frequencies,
    frequency_trends,
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
    assert times.loc[0, "observed"].tolist() == [1]  # the first and the last are cut
    assert times.loc[0, "censored"].tolist() == [1]
    assert times.loc[1, "observed"].tolist() == [0, 0, 1]
    assert_allclose(times.loc[1, "geometric_survival"], [1, 2 / 3, 4 / 9])
    fractions = frequencies(labels)["frequency"]
    assert_allclose(fractions, [0.4, 0.3])
    pairs = preferred_transitions(labels, random_state=0)
    assert pairs["count"].tolist() == [1, 0]


NOT_LABELS = {
    "must be >= -1, got -2": [0, -2, 1],
    "all labels are -1": [-1, -1, -1],
    r"1 integer, one per sample; got the shape \(1, 2\)": [[0, 1]],
    "integers, one per sample, got 3": 3,
    "at least 1 sample, got 0": np.zeros(0, dtype=int),
    r"of shape \(2,\) and dtype float64\. Missing labels must be -1": [0, np.nan],
    "and dtype bool": [False, True],
    "and dtype <U1": ["0", "1"],
    "labels must be integers: .*inhomogeneous": [[0], [0, 1]],
    "< 1000; got 100000": [0, 100_000],
    "< 1000; got 18446744073709551615": np.array([0, 2**64 - 1], "u8"),
    "got a Dataset. Select one of its variables: a, b": xr.Dataset({"a": 1, "b": 2}),
}


@pytest.mark.parametrize("message", NOT_LABELS)
def test_bad_labels_are_named(message):
    with pytest.raises(ValueError, match=message):
        transition_counts(NOT_LABELS[message])


@pytest.mark.parametrize("n_clusters", [0, -1, 2.0, np.nan, True, "2", 100_000])
def test_bad_numbers_of_clusters_are_named(n_clusters):
    with pytest.raises(ValueError, match=f"n_clusters={n_clusters!r} must be an int"):
        transition_counts([0, 1], n_clusters=n_clusters)


def test_masked_labels_are_no_cluster():
    labels = np.ma.array([0, 5, 0, 1], mask=[False, True, False, False])
    assert_array_equal(LabelSequence.read(labels).labels, [0, -1, 0, 1])
