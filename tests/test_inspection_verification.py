"""Tests of the displays of life cycles, skill and reliability."""

import cftime
import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from skvaeclust.inspection import (
    ForecastSkillDisplay,
    LifeCyclesDisplay,
    ReliabilityDisplay,
)
from skvaeclust.sequences import life_cycles
from skvaeclust.verification import forecast_skill

plt = pytest.importorskip("matplotlib.pyplot")

DAYS = np.arange("2001-01-01", "2001-04-01", dtype="M8[D]")


@pytest.fixture(scope="module")
def index():
    return np.column_stack([2 * f(np.arange(90) / 6) for f in (np.sin, np.cos)])


@pytest.fixture(scope="module")
def skill():
    """Forecasts whose skill decreases with the lead time."""
    rng = np.random.default_rng(0)
    time = xr.date_range("2001-01-01", periods=3 * 365)
    labels = rng.integers(0, 3, len(time))
    start, leads = np.arange(0, 1080, 5), np.array([1, 2, 3])
    y = np.eye(3)[labels[start[:, None] + leads]]
    weight = np.array([0.9, 0.4, 0])[:, None]
    p = weight * y + (1 - weight) * rng.dirichlet([1, 1, 1], y.shape[:2])
    forecasts = xr.DataArray(
        p,
        {"time": time[start], "lead": leads.astype("m8[D]")},
        ["time", "lead", "cluster"],
    )
    truth = xr.DataArray(labels, {"time": time}, ["time"])
    return forecast_skill(forecasts, truth, n_resamples=50, random_state=0)


def test_life_cycles(index):
    cycles = life_cycles(index, time=DAYS, min_duration="5D")
    display = LifeCyclesDisplay(cycles).plot(names=["ridge", "trough"])
    assert [ax.get_title("left") for ax in display.axes_] == ["ridge", "trough"]
    for k, ax in enumerate(display.axes_):
        of_cluster = cycles.table[cycles.table.cluster == k]
        markers = [line for line in ax.lines if line.get_marker() == "v"]
        found = [np.asarray(line.get_xdata(orig=True)).item() for line in markers]
        assert [str(time)[:10] for time in found] == [
            str(time)[:10] for time in of_cluster.maximum
        ]
    texts = [t.get_text() for t in display.figure_.legends[0].get_texts()]
    assert texts == ["index", "threshold 1", "life cycle", "maximum"]


def test_life_cycles_in_a_period(index):
    rules = {"time": DAYS, "min_duration": "5D"}
    period = ("2001-02-01", "2001-02-28")
    display = LifeCyclesDisplay.from_index(index, period=period, **rules)
    low, high = plt.matplotlib.dates.num2date(display.axes_[0].get_xlim())
    assert (str(low)[:10], str(high)[:10]) == period
    with pytest.raises(
        ValueError, match="with samples between them; the record is from 2001-01-01"
    ):
        LifeCyclesDisplay.from_index(index, period=("1999", "2000"), **rules)


def test_winters_are_beside_each_other(index):
    time = np.concatenate(
        [np.datetime64(f"{y}-12-20") + np.arange(30) for y in (2001, 2002, 2005)]
    )
    display = LifeCyclesDisplay.from_index(index, time=time, min_duration="3D")
    display.figure_.canvas.draw()
    ax = display.axes_[-1]
    assert ax.get_xlabel() == "2001-12-20 to 2006-01-18"
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names == ["2001/02", "2002/03", "2003/04", "2004/05", "2005/06"]
    lines = [line.get_xdata() for line in ax.lines if line.get_color() == "0.4"]
    assert_allclose([np.ptp(line) for line in lines[:3]], 29)
    one = LifeCyclesDisplay.from_index(
        index, time=time, min_duration="3D", period=("2002-12-20", "2003-01-18")
    )
    low, high = plt.matplotlib.dates.num2date(one.axes_[0].get_xlim())
    assert (str(low)[:10], str(high)[:10]) == ("2002-12-20", "2003-01-18")


def test_summers_are_beside_each_other(index):
    time = [np.datetime64(f"{y}-06-01") + np.arange(30) for y in (2001, 2002, 2003)]
    display = LifeCyclesDisplay.from_index(
        index, time=np.concatenate(time), min_duration="3D"
    )
    names = [label.get_text() for label in display.axes_[-1].get_xticklabels()]
    assert names == ["2001", "2002", "2003"]


def test_lines_of_the_index_end_at_gaps(index):
    time = np.where(np.arange(90) < 50, np.arange(90), np.arange(90) + 30)
    ax = LifeCyclesDisplay.from_index(index, time=time, min_duration=3).axes_[0]
    lines = [line for line in ax.lines if line.get_color() == "0.4"]
    assert [len(line.get_xdata()) for line in lines[:2]] == [50, 40]


def test_life_cycles_of_other_calendars(index):
    time = [cftime.Datetime360Day(2001, 1 + i // 30, 1 + i % 30) for i in range(90)]
    display = LifeCyclesDisplay.from_index(index, time=time, min_duration="3D")
    assert display.axes_[-1].get_xlabel() == "days since 2001-01-01 00:00:00"


def test_skill_by_lead_time(skill):
    display = ForecastSkillDisplay(skill).plot(names=["a", "b", "c"])
    scores = skill.to_dataset()
    titles = [ax.get_title("left").strip() for ax in display.axes_]
    assert titles == ["all clusters", "a", "b", "c"]
    assert_allclose(display.axes_[0].lines[0].get_ydata(), scores["skill"])
    assert_allclose(
        display.axes_[2].lines[0].get_ydata(), scores["cluster_skill"][:, 1]
    )
    assert display.axes_[-1].get_xlabel() == "lead time (days)"
    notes = [text.get_text() for text in display.axes_[0].texts]
    assert notes == ["horizon: 2 days"]
    with pytest.raises(ValueError, match="3 names"):
        ForecastSkillDisplay(skill).plot(names=["a"])


def test_reliability_by_lead_time(skill):
    display = ReliabilityDisplay.from_skill(skill)
    assert [ax.get_title("left") for ax in display.axes_] == [
        "1 day",
        "2 days",
        "3 days",
    ]
    table = skill.reliability()
    drawn = display.axes_[1].lines[1].get_ydata()
    assert_allclose(drawn, table["frequency"][1])
    _, ax = plt.subplots()
    assert ReliabilityDisplay.from_skill(skill, leads=[2], axes=ax).axes_[0] is ax


def test_legends_fit_into_figures(skill):
    display = ReliabilityDisplay.from_skill(skill, leads=[0])
    display.figure_.canvas.draw()
    box, page = display.figure_.legends[0].get_window_extent(), display.figure_.bbox
    assert page.x0 <= box.x0 < box.x1 <= page.x1
