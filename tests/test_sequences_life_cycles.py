"""Tests of life cycles: hand-made sequences, calendars, labels and rules."""

import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_array_equal
from sklearn.cluster import KMeans

from skvaeclust.composites import lead_lag_composites
from skvaeclust.sequences import life_cycles
from skvaeclust.xarray import FieldClustering

NAN = np.nan
DAYS = np.arange("2001-01-01", "2001-02-01", dtype="M8[D]")
# index, time, rules, and (onset, maximum, decay, duration, complete) of every cycle
ONE_CLUSTER = {
    "one": ([0, 2, 0], None, {}, [(1, 1, 1, 1, True)]),
    "none": ([0, 0, 0], None, {}, []),
    "equal to the threshold": ([0, 1, 0], None, {}, [(1, 1, 1, 1, True)]),
    "another threshold": ([0, 1, 0], None, {"threshold": 1.1}, []),
    "first of equals": ([0, 1, 2, 2, 1, 0], None, {}, [(1, 2, 4, 4, True)]),
    "cut at the start": ([1, 2, 0], None, {}, [(0, 1, 1, 2, False)]),
    "cut at the end": ([0, 2, 1], None, {}, [(1, 1, 2, 2, False)]),
    "single sample": ([2], None, {}, [(0, 0, 0, 0, False)]),
    "too short": ([0, 1, 1, 0, 1, 0], None, {"min_duration": 2}, [(1, 1, 2, 2, True)]),
    "missing value": (
        [0, 1, NAN, 2, 0],
        None,
        {},
        [(1, 1, 1, 1, False), (3, 3, 3, 1, False)],
    ),
    "missing value that a dip does not bridge": (
        [0, 0, 1, NAN, 2, 0, 0],
        None,
        {"max_dip": 1},
        [(2, 2, 2, 1, False), (4, 4, 4, 1, False)],
    ),
    "gap": (
        [0, 1, 2, 1, 0],
        [0, 1, 2, 9, 10],
        {},
        [(1, 2, 2, 2, False), (3, 3, 3, 1, False)],
    ),
    "gap after the decay": (
        [0, 1, 0, 1, 0],
        [0, 1, 2, 9, 10],
        {},
        [(1, 1, 1, 1, True), (3, 3, 3, 1, False)],
    ),
    "dip": ([0, 0, 1, 0, 2, 0, 0], None, {"max_dip": 1}, [(2, 4, 4, 3, True)]),
    "dip that is too long": (
        [0, 0, 1, 0, 0, 2, 0, 0],
        None,
        {"max_dip": 1},
        [(2, 2, 2, 1, True), (5, 5, 5, 1, True)],
    ),
    "dip at the end of the record": (
        [0, 0, 1, 0],
        None,
        {"max_dip": 1},
        [(2, 2, 2, 1, False)],
    ),
    "dips make a cycle long enough": (
        [0, 0, 1, 0, 1, 0, 1, 0, 0],
        None,
        {"max_dip": 1, "min_duration": 5},
        [(2, 2, 6, 5, True)],
    ),
    "irregular steps": (
        [0, 1, 2, 0, 1, 0],
        [0, 31, 59, 90, 120, 151],
        {"min_duration": 31},
        [(1, 2, 2, 59, True), (4, 4, 4, 31, True)],
    ),
    "fractions of a unit": (
        [0, 1, 1, 1, 0],
        [0.1, 0.2, 0.3, 0.4, 0.5],
        {"min_duration": 0.3},
        [(1, 1, 3, 0.3, True)],
    ),
    "running mean": (
        [0, 0, 6, 0, 0, 0],
        None,
        {"smooth": 3},
        [(1, 1, 3, 3, False)],
    ),
    "running mean beside a gap": (
        [0, 0, 6, 0, 0, 0, 9, 0],
        [0, 1, 2, 3, 4, 9, 10, 11],
        {"smooth": 3},
        [(1, 1, 3, 3, False), (6, 6, 6, 1, False)],
    ),
}


@pytest.mark.parametrize("case", ONE_CLUSTER)
def test_one_cluster(case):
    series, time, rules, expected = ONE_CLUSTER[case]
    index = np.array(series, dtype=float)[:, None]
    table = life_cycles(index, time=time, **{"min_duration": 0} | rules).table
    time = np.arange(len(series)) if time is None else np.array(time)
    rows = [(*time[[a, m, b]], d, c) for a, m, b, d, c in expected]
    names = ["onset", "maximum", "decay", "duration", "complete"]
    found = table[names].to_numpy().tolist()
    assert len(found) == len(rows)
    for row, other in zip(found, rows, strict=True):
        assert row == pytest.approx(other)


@pytest.mark.parametrize(
    "time",
    [
        DAYS[:8],
        pd.DatetimeIndex(DAYS[:8]).as_unit("s"),
        [cftime.Datetime360Day(2001, 2, 26 + i) for i in range(5)]
        + [cftime.Datetime360Day(2001, 3, 1 + i) for i in range(3)],
        np.arange(8).astype("m8[D]"),
    ],
    ids=["numpy", "pandas", "360 days", "durations"],
)
def test_dates(time):
    index = np.array([[0, 0, 1, 3, 2, 1, 0, 0.0]]).T
    cycles = life_cycles(index, time=time, min_duration="4D")
    row = cycles.table.loc[0]
    assert [row.onset, row.maximum, row.decay] == [time[2], time[3], time[5]]
    assert row.duration == pd.Timedelta("4D")
    assert row.complete
    assert "mean duration 4.0 days" in str(cycles)
    assert cycles.table.attrs["min_duration"] == "4 days 00:00:00"
    assert len(life_cycles(index, time=time, min_duration="97h").table) == 0
    assert_array_equal(cycles.labels(time[3:7]), [0, 0, 0, -1])


def test_six_hourly_samples_have_the_durations_of_daily_ones():
    daily = np.array([[0, 1, 2, 1, 0.0]]).T
    hours = DAYS[0] + 6 * np.arange(20).astype("m8[h]")
    first = life_cycles(daily, time=DAYS[:5], min_duration="3D").table
    second = life_cycles(np.repeat(daily, 4, axis=0), time=hours, min_duration="3D")
    assert second.table.duration[0] == first.duration[0] == pd.Timedelta("3D")


def test_several_clusters():
    a = [0, 2, 2, 2, 0, 0, 0, 1, 0, 0]
    b = [0, 0, 1, 3, 3, 0, 0, 0, 2, 0]
    index = np.array([a, b], dtype=float).T
    cycles = life_cycles(index, min_duration=1)
    assert cycles.table.cluster.tolist() == [0, 1, 0, 1]
    assert cycles.table.onset.tolist() == [1, 2, 7, 8]
    assert cycles.table.previous.tolist() == [-1, 0, 1, 0]
    assert cycles.table.next.tolist() == [1, 0, 1, -1]
    assert_array_equal(cycles.labels(), [-1, 0, 0, 1, 1, -1, -1, 0, 1, -1])
    assert_array_equal(
        cycles.labels([0.5, 1, 1.9, 9.5, 10, -1]), [-1, 0, 0, -1, -1, -1]
    )
    time = [0, 1, 2, 3, 4, 5, 6, 17, 18, 19]
    apart = life_cycles(index, time=time, min_duration=1).table
    assert apart.previous.tolist() == [-1, 0, -1, 0]
    assert apart.next.tolist() == [1, -1, 1, -1]


def test_a_cycle_that_never_leads():
    index = np.array([[0, 1, 1, 0, 1, 0], [0, 2, 2, 0, 1, 0.0]]).T
    cycles = life_cycles(index, min_duration=1, must_lead=True)
    assert cycles.table.cluster.tolist() == [1, 0, 1]  # equal at the end: both lead
    assert len(life_cycles(index, min_duration=1).table) == 4


def test_labelled_index():
    values = np.array([[0, 0], [2, 0], [2, 1.5], [0, 3]])
    index = xr.DataArray(
        values.T, {"time": DAYS[:4], "cluster": ["a", "b"]}, ["cluster", "time"]
    )
    cycles = life_cycles(index, min_duration="2D")
    assert cycles.names == ["a", "b"]
    assert cycles.table.cluster.tolist() == [0, 1]
    labels = cycles.labels()
    assert labels.dims == ("time",)
    assert labels.values.tolist() == [-1, 0, 0, 1]
    assert cycles.labels(labels.time[1:]).values.tolist() == [0, 0, 1]
    with pytest.raises(ValueError, match="Select one sequence"):
        life_cycles(index.expand_dims("member"), min_duration="2D")


@pytest.mark.parametrize("calendar", ["standard", "noleap"])
def test_onsets_are_events_of_composites(calendar):
    time = xr.date_range("2001-01-01", periods=20, use_cftime=calendar == "noleap")
    series = np.zeros(20)
    series[[4, 5, 12, 13]] = 1
    index = xr.DataArray(series[:, None], {"time": time}, ["time", "cluster"])
    field = xr.DataArray(
        series[:, None, None], {"time": time}, ["time", "lat", "lon"], "p"
    )
    table = life_cycles(index, min_duration="2D").table
    found = lead_lag_composites(field, table.onset, table.cluster, [-1, 0, 1, 2])
    assert found.means.values.ravel().tolist() == [0, 1, 1, 0]


def test_summary_counts_cycles_of_other_thresholds():
    index = np.array([[0, 0.95, 0, 1.05, 0, 2, 0]]).T
    cycles = life_cycles(index, min_duration=0)
    assert len(cycles.table) == 2
    assert str(cycles) == (
        "2 life cycles of 1 cluster, 2 complete, mean duration 1.0, at threshold 1. "
        "There would be 3 at threshold 0.9 and 1 at threshold 1.1."
    )
    assert "0 life cycles" in str(life_cycles(index, threshold=9, min_duration=0))


@pytest.mark.parametrize(
    ("index", "params", "message"),
    [
        ([1, 2], {}, "shape"),
        (np.empty((0, 2)), {}, "shape"),
        ([[1.0]] * 4, {"min_duration": "3D"}, "must be a number"),
        ([[1.0]] * 4, {"min_duration": -1}, "min_duration"),
        ([[1.0]] * 4, {"time": DAYS[:4], "min_duration": 3}, "such as '5D'"),
        ([[1.0]] * 4, {"time": DAYS[:4], "min_duration": "-3D"}, "duration >= 0, such"),
        ([[1.0]] * 4, {"time": DAYS[:3]}, "one value per sample"),
        ([[1.0]] * 4, {"smooth": 2}, "odd number of time steps, got 2"),
    ],
)
def test_errors(index, params, message):
    with pytest.raises(ValueError, match=message):
        life_cycles(index, **{"min_duration": 0} | params)


def test_composites_of_the_clustered_variable_are_circular(currents):
    model = FieldClustering(KMeans(2, n_init=1, random_state=0)).fit(currents)
    cycles = life_cycles(model.regime_index(currents), min_duration="1D", threshold=0)
    table = cycles.table
    with pytest.warns(UserWarning, match="was clustered"):
        lead_lag_composites(currents, table.onset, table.cluster, [0])
    assert "clustered_variables" in cycles.labels().attrs
    assert "clustered_variables" not in cycles.attrs
    other = currents.rename(u="a", v="b") + 1.0
    lead_lag_composites(other, table.onset, table.cluster, [0])  # does not warn


@pytest.mark.parametrize("labelled", [False, True])
def test_periods_of_labels(labelled):
    labels = np.array([0, 0, -1, 1, 1, 1, 0])
    time = DAYS[:7]
    one_hot = (labels[:, None] == np.arange(2)) * 1.0
    rules = {"threshold": 0.5, "min_duration": "2D"}
    wrong = xr.DataArray(labels, {"time": time}, ["time"]) if labelled else labels
    with pytest.raises(ValueError, match="For the periods of labels, pass a column"):
        life_cycles(wrong, min_duration=1)
    time = xr.DataArray(time, dims="time") if labelled else time
    table = life_cycles(one_hot, time=time, **rules).table
    assert table.cluster.tolist() == [0, 1]
    assert_array_equal(table.onset, DAYS[[0, 3]])
    assert_array_equal(table.decay, DAYS[[1, 5]])
