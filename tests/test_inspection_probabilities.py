"""Tests of the display of probabilities in time."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from skvaeclust._plotting._style import cluster_color
from skvaeclust.inspection import ProbabilitiesDisplay, TimelineDisplay

to_rgb = pytest.importorskip("matplotlib.colors").to_rgb
P = np.array([[0.2, 0.8], [1, 0], [np.nan, np.nan], [0.5, 0.5], [0.1, 0.9]])


def areas(display, k):
    """Return the area of a cluster in units of one sample."""
    total = 0
    for collection in display.ax_.collections:
        if np.allclose(collection.get_facecolor()[0, :3], to_rgb(cluster_color(k))):
            x, y = collection.get_paths()[0].vertices[:-1].T
            total += 0.5 * np.abs(x @ np.roll(y, 1) - y @ np.roll(x, 1))
    return total


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_areas_are_probabilities():
    display = ProbabilitiesDisplay.from_probabilities(P, names=["calm", "storm"])
    assert_allclose([areas(display, k) for k in (0, 1, -1)], [1.8, 2.2, 1])
    assert legend(display) == ["calm", "storm", "no cluster"]
    assert display.ax_.get_xlim() == (0, 5)


def test_gaps_and_unassigned_samples():
    labels = [-1, 0, 0, 0, 1]
    time = [0, 1, 2, 5, 6]  # a gap from 3 to 5
    display = ProbabilitiesDisplay(P, time, labels).plot()
    assert_allclose([areas(display, k) for k in (0, 1, -1)], [1.6, 1.4, 2])
    assert display.ax_.get_xlim() == (0, 7)
    edges = [c.get_paths()[0].vertices[:, 0] for c in display.ax_.collections]
    assert not any(((x > 3) & (x < 5)).any() for x in edges)


def test_winters_are_rows():
    time = np.arange("2000-12-01", "2004-03-01", dtype="M8[D]")
    time = time[np.isin(time.astype("M8[M]").astype(int) % 12, [11, 0, 1])]
    p = np.linspace(0, 1, len(time))
    array = xr.DataArray(np.stack([p, 1 - p]), {"time": time}, ["cluster", "time"])
    display = ProbabilitiesDisplay.from_probabilities(array)
    ticks = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    assert ticks == ["2000/01", "2001/02", "2002/03", "2003/04"]
    # The height of a row is 0.8. A calendar has 29 February in each year.
    assert_allclose(areas(display, 0), 0.8 * p.sum(), rtol=0.03)
    labels = TimelineDisplay.from_labels((p < 0.5).astype(int), time=time)
    assert labels.ax_.get_xlim() == display.ax_.get_xlim()


def test_probabilities_of_a_model():
    X = np.random.default_rng(0).standard_normal((20, 2))
    model = GaussianMixture(3, random_state=0).fit(X)
    display = ProbabilitiesDisplay.from_estimator(model, X)
    total = model.predict_proba(X).sum(axis=0)
    assert_allclose([areas(display, k) for k in range(3)], total)
    with pytest.raises(TypeError, match="KMeans has no method predict_proba"):
        ProbabilitiesDisplay.from_estimator(KMeans(2).fit(X), X)


def test_wrong_probabilities():
    for wrong in (P * 2, P[:, 0], P - 0.1):
        with pytest.raises(ValueError, match="probabilities must"):
            ProbabilitiesDisplay(wrong).plot()
    with pytest.raises(ValueError, match="labels must have one value per sample"):
        ProbabilitiesDisplay(P, labels=[0, 1]).plot()
    with pytest.raises(ValueError, match="must be 2 names"):
        ProbabilitiesDisplay(P).plot(names=["a"])
