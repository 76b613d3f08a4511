"""Tests of the timeline: calendars and bars."""

import cftime
import numpy as np
import pytest
from numpy.testing import assert_allclose

from skvaeclust.inspection import TimelineDisplay
from skvaeclust.sequences._calendar_rows import MONTH_STARTS

plt = pytest.importorskip("matplotlib.pyplot")


def test_timeline_bars():
    labels = np.array([0, 0, 1, 1, 0, 2])
    time = np.array([1, 2, 3, 4, 9, 10])  # a gap before the last two
    display = TimelineDisplay(labels, time, 4).plot()
    spans = [(bar.get_x(), bar.get_width()) for bar in display.ax_.patches]
    assert spans == [(1, 2), (9, 1), (3, 2), (10, 1)]
    days = np.datetime64("2020-01-01") + time
    dates = days.astype("M8[s]").astype(object)
    for same_time in (days, dates, time.tolist()):
        same = TimelineDisplay(labels, same_time, 4).plot()
        assert_allclose([bar.get_width() for bar in same.ax_.patches], [2, 1, 2, 1])
    other = [cftime.DatetimeNoLeap(d.year, d.month, d.day) for d in dates]
    assert "days since 2020-01-02" in (
        TimelineDisplay(labels, other, 4).plot().ax_.get_xlabel()
    )
    with pytest.raises(ValueError, match="time must increase"):
        TimelineDisplay(labels, time[::-1], 4).plot()
    with pytest.raises(ValueError, match=r"one value per sample: 6.*\(2,\)"):
        TimelineDisplay(labels, time[:2], 4).plot()
    with pytest.raises(ValueError, match="at least 2 samples"):
        TimelineDisplay(labels[:1], time[:1], 4).plot()


def test_samples_without_a_cluster_have_a_grey_row():
    ax = TimelineDisplay.from_labels([0, -1, -1, 1]).ax_
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["0", "1", "no cluster"]
    assert ax.patches[0].get_facecolor()[:3] == (0.87, 0.87, 0.87)


def test_timeline_of_winters():
    """Each row is one winter."""
    days = np.arange("2001-01-01", "2004-01-01", dtype="M8[D]")
    month = days.astype("M8[M]").astype(int) % 12
    days = days[np.isin(month, [11, 0, 1])]
    labels = np.full(len(days), -1)
    labels[days >= np.datetime64("2002-12-30")] = 1  # a run across the new year
    labels[days >= np.datetime64("2003-01-03")] = 0
    display = TimelineDisplay.from_labels(labels, time=days, names=["NAO+", "NAO-"])
    rows = [t.get_text() for t in display.ax_.get_yticklabels()]
    assert rows == ["2000/01", "2001/02", "2002/03", "2003/04"]
    (turn,) = [b for b in display.ax_.patches if b.get_width() == 4]
    assert (turn.get_y() + 0.4, turn.get_x()) == (2002, 182)  # rows begin on 1 July
    legend = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert legend == ["NAO+", "NAO-", "no cluster"]
    total = sum(bar.get_width() for bar in display.ax_.patches)
    assert len(days) <= total <= len(days) + 3  # 29 February


def test_months_leave_no_gaps_in_the_calendar():
    """On any day of the month, in any calendar."""
    months = np.arange("2001-01", "2004-01", dtype="M8[M]")
    dates = [cftime.Datetime360Day(2001 + i // 12, 1 + i % 12, 16) for i in range(36)]
    for time in (months, months.astype("M8[D]") + 27, dates):
        display = TimelineDisplay.from_labels(np.arange(36) % 2, time=time)
        starts = {bar.get_x() for bar in display.ax_.patches}
        assert starts == set(MONTH_STARTS[:-1])
        assert sum(bar.get_width() for bar in display.ax_.patches) == 3 * 366
    days = [
        cftime.Datetime360Day(2001 + i // 360, 1 + i // 30 % 12, 1 + i % 30)
        for i in range(720)
    ]
    bars = TimelineDisplay.from_labels(np.arange(720) % 2, time=days).ax_.patches
    assert (
        sum(bar.get_width() for bar in bars) == 2 * 366 - 1
    )  # the last year ends on day 360


def test_seasonal_steps_are_not_gaps():
    seasons = np.arange("2001-01", "2004-01", 3, dtype="M8[M]")
    display = TimelineDisplay.from_labels(np.arange(12) % 2, time=seasons)
    rows = [t.get_text() for t in display.ax_.get_yticklabels()]
    assert rows == ["2001", "2002", "2003"]
    years = TimelineDisplay.from_labels([0, 1, 0], time=seasons[::4])
    assert years.ax_.get_xlabel() == "time"


def test_calendars_have_more_than_one_row():
    winter = np.arange("2000-12-20", "2001-01-20", dtype="M8[h]")
    labels = np.arange(len(winter)) // 20 % 2
    assert TimelineDisplay.from_labels(labels, time=winter).ax_.get_xlabel() == "time"
    lead = np.arange(5).astype("m8[D]")
    display = TimelineDisplay.from_labels([0, 0, 1, 1, 0], time=lead)
    assert display.ax_.get_xlabel() == "time (days)"
    assert display.ax_.patches[0].get_width() == 2


def test_names_of_years_in_small_axes_do_not_overlap():
    time = np.arange("1981-01-01", "2021-01-01", 30, dtype="M8[D]")
    _, ax = plt.subplots(figsize=(3.3, 2.5), layout="constrained")
    names = ["Greenland blocking", "Scandinavian blocking"]
    display = TimelineDisplay.from_labels(
        np.arange(len(time)) % 2, time=time, names=names, ax=ax
    )
    display.figure_.canvas.draw()
    rows = sorted(label.get_window_extent().y0 for label in ax.get_yticklabels())
    assert len(rows) >= 2
    assert np.diff(rows).min() > ax.yaxis.get_ticklabels()[0].get_window_extent().height
    months = [label.get_text() for label in ax.get_xticklabels(minor=True)]
    assert set(map(len, months)) == {1}
    assert ax.get_xlim() == (0, 366)


@pytest.mark.parametrize(
    ("start", "names"),
    [
        ("06-01", ["2001", "2002"]),
        ("02-01", ["2001", "2002"]),
        ("11-20", ["2001", "2002"]),
        ("12-20", ["2001/02", "2002/03"]),
    ],
)
def test_names_of_seasons(start, names):
    days = [np.datetime64(f"{y}-{start}") + np.arange(30) for y in (2001, 2002)]
    ax = TimelineDisplay.from_labels(np.arange(60) % 2, time=np.concatenate(days)).ax_
    assert [label.get_text() for label in ax.get_yticklabels()] == names


def test_a_single_year_is_no_calendar():
    """A day of the next January does not add a row."""
    time = np.arange("2002-01-01", "2003-01-02", dtype="M8[D]")
    labels = np.arange(len(time)) // 9 % 2
    display = TimelineDisplay.from_labels(labels, time=time)
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["0", "1"]
    longer = np.arange("2002-01-01", "2003-02-01", dtype="M8[D]")
    labels = np.arange(len(longer)) // 9 % 2
    display = TimelineDisplay.from_labels(labels, time=longer)
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["2002", "2003"]
