"""Displays of frequencies, transitions and residence times."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skvaeclust.inspection import (
    FrequencyDisplay,
    LifeCyclesDisplay,
    ResidenceTimesDisplay,
    TransitionsDisplay,
)
from skvaeclust.sequences import frequencies
from skvaeclust.xarray import FieldClustering

plt = pytest.importorskip("matplotlib.pyplot")
DISPLAYS = [FrequencyDisplay, TransitionsDisplay, ResidenceTimesDisplay]


@pytest.fixture
def days():
    return np.arange("2000-01-01", "2005-01-01", dtype="M8[D]")


@pytest.fixture
def labels(days):
    return np.random.default_rng(0).integers(0, 3, len(days) // 4 + 1).repeat(4)[:-1]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def drawn(display):
    """Draw the figure, which must not fail, and return the axes."""
    display.figure_.canvas.draw()
    return np.atleast_1d(display.axes_ if hasattr(display, "axes_") else display.ax_)


@pytest.mark.parametrize("display", DISPLAYS)
def test_estimators_of_all_kinds(display, currents):
    rows = np.random.default_rng(0).standard_normal((90, 2))
    search = GridSearchCV(GaussianMixture(random_state=0), {"n_components": [3]})
    models = [
        KMeans(3, random_state=0),
        make_pipeline(StandardScaler(), GaussianMixture(3, random_state=0)),
        search,
    ]
    for model in models:
        # Nine samples need not have all clusters of the model.
        shown = display.from_estimator(model.fit(rows), rows[:9], time=np.arange(9))
        assert isinstance(shown, display)
        drawn(shown)
    data = currents[["u", "v"]]
    fields = FieldClustering(KMeans(2, random_state=0)).fit(data)
    shown = display.from_estimator(fields, data)
    again = display.from_labels(fields.labels_)
    name = "probabilities" if display is TransitionsDisplay else "table"
    one, two = (np.asarray(getattr(d, name)) for d in (shown, again))
    assert isinstance(display.from_estimator(fields), display)  # labels_
    with pytest.raises(TypeError, match="X is required, since Pipeline has no labels_"):
        display.from_estimator(models[1])
    if display is FrequencyDisplay:  # intervals are random
        one, two = one[:, 0], two[:, 0]
    assert_array_equal(one, two)


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("n_clusters", [1, 2, 12])
def test_any_number_of_clusters(display, n_clusters):
    labels = np.random.default_rng(0).integers(0, n_clusters, 200)
    shown = display.from_labels(labels, n_clusters=n_clusters + 1)  # the last is empty
    names = [f"a rather long name {k}" for k in range(n_clusters + 1)]
    shown.plot(names=names)
    drawn(shown)
    with pytest.raises(ValueError, match=f"must be {n_clusters + 1} names"):
        shown.plot(names=["one"] * 40)


@pytest.mark.parametrize("display", DISPLAYS)
def test_number_of_clusters_is_bounded(display, labels):
    with pytest.raises(ValueError, match="at most 100 clusters, got n_clusters=101"):
        display.from_labels(labels, n_clusters=101)


@pytest.mark.parametrize("display", DISPLAYS)
def test_given_axes_are_used(display, labels):
    shown = display.from_labels(labels)
    n_axes = len(drawn(shown))
    figure, axes = plt.subplots(1, n_axes)
    shown.plot(**{"ax" if display is TransitionsDisplay else "axes": axes})
    assert shown.figure_ is figure
    assert_array_equal(drawn(shown), np.atleast_1d(axes))


def test_legends_do_not_hide_data_of_given_axes(labels):
    _, axes = plt.subplots(1, 3, figsize=(6, 2), layout="constrained")
    display = ResidenceTimesDisplay.from_labels(labels, axes=axes)
    drawn(display)
    box = axes[-1].get_legend().get_window_extent()
    assert not box.overlaps(axes[-1].get_window_extent())
    assert 0 <= box.y0 < box.y1 < axes[-1].xaxis.label.get_window_extent().y1


def test_frequency_of_all_samples(labels):
    display = FrequencyDisplay.from_labels(labels)
    (ax,) = drawn(display)
    points = [container[0].get_xdata()[0] for container in ax.containers]
    expected = 100 * np.bincount(labels) / len(labels)
    assert_allclose(points, expected)
    assert ax.get_xlabel() == "frequency (%), 95 % interval"
    display = FrequencyDisplay.from_labels(labels, confidence_level=0.9)
    assert drawn(display)[0].get_xlabel() == "frequency (%), 90 % interval"


def test_frequency_by_group(labels, days):
    labelled = xr.DataArray(labels, {"time": days}, ["time"])
    display = FrequencyDisplay.from_labels(labelled, by="season")
    table = frequencies(labels, time=days, by="season")
    for k, ax in enumerate(drawn(display)):
        names = [label.get_text() for label in ax.get_xticklabels()]
        assert names == ["DJF", "MAM", "JJA", "SON"]
        points = ax.containers[0][0].get_ydata()
        assert_allclose(points, 100 * table.xs(k, level="cluster")["frequency"][names])
    winter = np.isin(labelled["time"].dt.month, [11, 12, 1, 2, 3])
    display = FrequencyDisplay.from_labels(labelled[winter], by="month")
    names = [label.get_text() for label in drawn(display)[0].get_xticklabels()]
    assert names == list("NDJFM")
    display = FrequencyDisplay.from_labels(labelled, by=labelled["time"].dt.year)
    assert drawn(display)[0].get_xlabel() == "year"
    own = xr.DataArray(np.where(winter, "wet", "dry"), dims="time", name="season")
    drawn(FrequencyDisplay.from_labels(labelled, by=own))


def test_bars_are_drawn_where_there_is_an_interval(labels):
    for values, n_bars in ((labels * 0, 0), (labels, 2)):  # none for a single label
        early = np.arange(len(labels)) < 10
        display = FrequencyDisplay.from_labels(values, by=early)
        *_, (bars,) = drawn(display)[0].containers[0]
        segments = [segment for segment in bars.get_segments() if len(segment)]
        assert len(segments) == n_bars


def test_trends_of_years(days):
    rng = np.random.default_rng(0)
    labels = (rng.random(len(days)) < np.linspace(0.2, 0.8, len(days))).astype(int)
    display = FrequencyDisplay.from_labels(labels, time=days, by="winter", trend=True)
    trend = 100 * display.trends.loc[1, "trend"]
    ax = drawn(display)[1]
    assert texts(ax)[0].startswith(f"+{trend:.1f} [")
    line = ax.lines[-1]
    slope = 10 * np.ptp(line.get_ydata()) / np.ptp(line.get_xdata())
    assert_allclose(slope, trend)
    with pytest.raises(ValueError, match="by='year' or 'winter', got 'month'"):
        FrequencyDisplay.from_labels(labels, time=days, by="month", trend=True)


def legend(display):
    return [text.get_text() for text in display.figure_.legends[0].get_texts()]


def test_incomplete_winters_are_hollow(days):
    labels = np.arange(len(days)) // 5 % 2
    display = FrequencyDisplay.from_labels(labels, time=days, by="winter")
    (ax, _) = drawn(display)
    hollow = ax.lines[-1]
    assert hollow.get_xdata().tolist() == [2000, 2005]  # the record is of whole years
    assert hollow.get_markerfacecolor() == ax.get_facecolor()
    assert legend(display) == ["95 % interval", "incomplete winter"]
    assert "2004/05" in {tick.get_text() for tick in ax.get_xticklabels()}
    whole = FrequencyDisplay.from_labels(labels, time=days, by="year", trend=True)
    assert "incomplete year" not in legend(whole)
    assert legend(whole)[-1] == "trend: percentage points per decade [95 % interval]"


def test_legend_of_transitions_shows_what_is_marked():
    labels = np.random.default_rng(0).integers(0, 3, 300)
    none = TransitionsDisplay.from_labels(labels, random_state=0)
    assert legend(none) == ["same cluster"]
    title = none.figure_.legends[0].get_title().get_text()
    assert "none preferred or avoided (q < 0.05)" in title
    cycle = np.tile([0, 1, 2], 60)
    some = TransitionsDisplay.from_labels(cycle, random_state=0)
    assert {"preferred (q < 0.05)", "avoided (q < 0.05)"} < {*legend(some)}


def test_transitions_are_marked():
    labels = np.repeat(np.tile([0, 1, 2, 3], 30), 3)
    display = TransitionsDisplay.from_labels(labels, n_clusters=5, random_state=0)
    (ax,) = drawn(display)
    assert texts(ax)[:5] == ["67", "33", "0", "0", "0"]
    assert len(texts(ax)) == 20  # the last row is unknown
    marks = {tuple(line.get_xydata()[0].round().astype(int)): line for line in ax.lines}
    assert marks[1, 0].get_marker() == "^"  # from 0 to 1
    assert marks[0, 1].get_marker() == "v"
    key = legend(display)
    assert key[0] == "preferred (q < 0.05)"
    assert "unknown" in key
    alone = TransitionsDisplay(display.probabilities).plot()
    assert len(alone.ax_.lines) == 0


def test_colours_exclude_the_diagonal():
    display = TransitionsDisplay([[0.95, 0.05, 0], [0.02, 0.9, 0.08], [0, 0.1, 0.9]])
    _, image = drawn(display.plot())[0].images
    assert_allclose(image.get_clim(), (0, 10))


def test_survival_of_runs():
    labels = np.repeat([1, 0] * 5, [1, 1, 2, 2, 2, 4, 1, 3, 1, 9])
    display = ResidenceTimesDisplay.from_labels(labels, n_clusters=3)
    axes = drawn(display)
    chain, observed = axes[0].lines
    assert_allclose(observed.get_ydata()[:6], [100, 80, 60, 40, 20, 20])
    stay = 14 / 18  # of the samples of cluster 0 that have a successor
    assert_allclose(chain.get_ydata(), 100 * stay ** np.arange(9))
    assert [texts(ax)[0] for ax in axes] == [
        "4 complete runs",
        "4 complete runs",
        "0 complete runs",
    ]
    assert axes[0].get_xlabel() == "duration d (samples)"


def test_clusterers_without_predict():
    model = AgglomerativeClustering(2).fit(np.arange(6.0).reshape(-1, 1))
    with pytest.raises(TypeError, match=r"no method predict\. Use from_labels"):
        FrequencyDisplay.from_estimator(model, np.zeros((6, 1)))
    drawn(FrequencyDisplay.from_labels(model.labels_))


def test_labels_of_many_transitions_do_not_overlap():
    labels = np.random.default_rng(0).integers(0, 20, 900)
    names = [f"a regime {k}" for k in range(20)]
    display = TransitionsDisplay.from_labels(labels, names=names, n_surrogates=9)
    (ax,) = drawn(display)
    assert [t.get_text() for t in ax.get_yticklabels()] == names
    for cells in (ax.texts, ax.get_yticklabels()):
        boxes = [text.get_window_extent() for text in cells[:20]]
        assert not any(a.overlaps(b) for a, b in pairwise(boxes))


def test_dates_of_groups_do_not_overlap(labels, days):
    display = FrequencyDisplay.from_labels(labels, by=days.astype("M8[Y]"))
    ax = drawn(display)[0]
    boxes = [t.get_window_extent() for t in ax.get_xticklabels() if t.get_text()]
    assert not any(a.overlaps(b) for a, b in pairwise(boxes))


@pytest.fixture
def winters():
    """Days of 40 winters."""
    years = [
        np.arange(f"{year}-12-01", f"{year + 1}-03-01", dtype="M8[D]")
        for year in range(1980, 2020)
    ]
    return np.concatenate(years)


@pytest.mark.parametrize("n_clusters", [2, 7])
def test_many_winters(winters, n_clusters):
    labels = np.arange(len(winters)) // 5 % n_clusters
    display = FrequencyDisplay.from_labels(
        labels, time=winters, by="winter", trend=True
    )
    axes = drawn(display)
    assert legend(display)[0] == "95 % interval"
    for ax in axes:
        assert len(ax.collections) == 1  # a band
        assert ax.get_position().width > 0.15
    names = [label.get_text() for label in axes[-1].get_xticklabels()]
    assert names == ["1999/00", "2019/20"]
    box, page = display.figure_.legends[0].get_window_extent(), display.figure_.bbox
    assert page.x0 <= box.x0 < box.x1 <= page.x1


def test_one_winter(winters):
    display = FrequencyDisplay.from_labels(
        np.arange(60) // 5 % 2, time=winters[30:90], by="winter"
    )
    (ax,) = drawn(display)
    assert len(ax.containers) == 2


def test_names_of_groups_are_not_broken_within_words():
    names = ["positive phase of ENSO", "neutral", "negative"]
    display = FrequencyDisplay.from_labels(np.arange(90) % 2, by=np.repeat(names, 30))
    found = {label.get_text() for label in drawn(display)[0].get_xticklabels()}
    assert found == set(names)


def test_names_of_low_matrices_do_not_overlap(labels):
    names = ["Greenland blocking", "Scandinavian blocking", "North Atlantic ridge"]
    _, axes = plt.subplots(1, 2, figsize=(6.7, 2.8), layout="constrained")
    drawn(TransitionsDisplay.from_labels(labels, names=names, ax=axes[0]))
    boxes = [label.get_window_extent() for label in axes[0].get_yticklabels()]
    assert all(low.y1 < high.y0 for high, low in pairwise(boxes))


def test_panels_are_titled_by_cluster(labels, days):
    index = np.eye(3)[labels]
    shown = {
        "frequency": FrequencyDisplay.from_labels(labels, time=days, by="season"),
        "residence": ResidenceTimesDisplay.from_labels(labels, time=days),
        "cycles": LifeCyclesDisplay.from_index(index, threshold=0.5, min_duration=1),
    }
    for name, display in shown.items():
        titles = [ax.get_title(loc="left") for ax in display.axes_]
        found = [title.split("\n")[0] for title in titles]
        assert found == ["cluster 0", "cluster 1", "cluster 2"], name
