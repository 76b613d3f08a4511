"""Tests of the displays, and that matplotlib is imported only by them."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.inspection import (
    ClusterMapsDisplay,
    FieldMapsDisplay,
    LatentSpaceDisplay,
    LossCurveDisplay,
    SeparationDisplay,
    TimelineDisplay,
    cluster_means,
    core_members,
    lead_lag_composites,
    reconstruction_errors,
)
from skvaeclust.model_selection import (
    all_samples_cv,
    classifiability_report,
    separation_scorer,
)

plt = pytest.importorskip("matplotlib.pyplot")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def close_figures():
    """Close all figures."""
    yield
    plt.close("all")


@pytest.fixture
def model(X):
    augmenter = PCScaledNoiseAugmenter(2)
    return VAEClustering(
        3, augmenter=augmenter, n_init=1, max_epochs=4, random_state=0
    ).fit(X)


def test_matplotlib_is_imported_when_used():
    code = "import sys, skvaeclust.inspection; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_latent_space(model, X):
    display = LatentSpaceDisplay.from_estimator(model, X)
    assert isinstance(display, LatentSpaceDisplay)
    copies, *clusters = display.ax_.collections
    assert len(copies.get_offsets()) == 2 * len(X)
    assert [len(c.get_offsets()) for c in clusters] == np.bincount(
        model.labels_, minlength=3
    ).tolist()
    ellipse = display.ax_.patches[1]
    assert_allclose(ellipse.center, model.latent_means_[1])
    assert_allclose(
        [ellipse.width, ellipse.height], 2 * np.sqrt(model.latent_variances_[1])
    )
    again = LatentSpaceDisplay.from_estimator(model, X)
    assert_array_equal(again.copies, display.copies)
    with pytest.raises(ValueError, match=r"dims=\(0, 2\) must be .* from 0 to 1"):
        display.plot(dims=(0, 2))


def test_latent_line():
    rng = np.random.default_rng(0)
    display = LatentSpaceDisplay(
        rng.standard_normal((30, 1)), np.repeat([0, 1], 15), np.zeros((2, 1)), 1
    ).plot()
    assert sum(bar.get_height() for bar in display.ax_.patches) == 30


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("n_clusters", [1, 2, 4, 5, 8])
def test_maps(n_channels, n_clusters):
    fields = np.random.default_rng(0).standard_normal((n_clusters, n_channels, 20, 30))
    fields[:, :, 0] = np.nan
    weights = np.full(n_clusters, 1 / n_clusters)
    display = ClusterMapsDisplay(fields, weights, units="cm/s").plot()
    assert len(display.axes_) == n_clusters
    display.figure_.canvas.draw()
    shading = display.axes_[-1].collections[0].get_array()
    expected = np.hypot(*fields[-1]) if n_channels == 2 else fields[-1, 0]
    assert_allclose(np.ma.filled(shading, np.nan).reshape(20, 30), expected)
    assert display.axes_[0].get_title(loc="left") == f"0: {1 / n_clusters:.0%}"


def test_maps_of_a_model(model, X):
    x, y = np.arange(X.shape[3]) * 2.0, np.arange(X.shape[2]) * 2.0
    decoded = ClusterMapsDisplay.from_estimator(model, x=x, y=y)
    assert_array_equal(decoded.fields, model.cluster_centers_)
    figure, axes = plt.subplots(1, 3)
    means = ClusterMapsDisplay.from_estimator(model, X, units="m/s", axes=axes)
    assert means.figure_ is figure
    assert_array_equal(means.fields, cluster_means(X, model.labels_, 3))
    with pytest.raises(ValueError, match="axes has 2 axes, expected 3"):
        means.plot(axes=axes[:2])
    with pytest.raises(ValueError, match=r"one or two channels.*\(3, 7\)"):
        ClusterMapsDisplay(np.zeros((3, 7)), np.ones(3) / 3).plot()


def test_loss_curve(model):
    lines = LossCurveDisplay.from_estimator(model).ax_.lines
    named = {line.get_label(): line.get_ydata() for line in lines}
    for name in ("loss", "reconstruction", "latent", "balance"):
        assert_allclose(named[name], [record[name] for record in model.history_])


def test_separation(model, X):
    for data in (None, X):
        display = SeparationDisplay.from_estimator(model, data)
        ratios = classifiability_report(model, data).ratios
        assert_array_equal(display.ratios, ratios)
        assert len(display.ax_.texts) == 6
        assert display.ax_.texts[0].get_text() == f"{ratios[0, 1]:.1f}"


def test_timeline_and_transitions():
    labels = np.array([0, 0, 1, 1, 0, 2])
    time = np.array([1, 2, 3, 4, 9, 10])  # a gap before the last two
    display = TimelineDisplay(labels, time, 4).plot()
    nowhere = [np.nan] * 4
    assert_allclose(
        display.transitions_,
        [[1 / 3, 1 / 3, 1 / 3, 0], [0, 1, 0, 0], nowhere, nowhere],
    )
    bars = display.axes_[1].patches
    assert_allclose([bar.get_width() for bar in bars], [3 / 6, 2 / 6, 1 / 6, 0])
    spans = [(bar.get_x(), bar.get_width()) for bar in display.axes_[0].patches]
    assert spans == [(1, 2), (9, 1), (3, 2), (10, 1)]
    days = np.datetime64("2020-01-01") + time
    dates = days.astype("M8[s]").astype(object)
    for same_time in (days, dates, time.tolist()):
        same = TimelineDisplay(labels, same_time, 4).plot()
        assert_array_equal(same.transitions_, display.transitions_)
        widths = [bar.get_width() for bar in same.axes_[0].patches]
        assert_allclose(widths, [2, 1, 2, 1])
    assert "days since 2020-01-02" in (
        TimelineDisplay(labels, dates, 4).plot().axes_[0].get_xlabel()
    )
    with pytest.raises(ValueError, match="time must increase"):
        TimelineDisplay(labels, time[::-1], 4).plot()
    with pytest.raises(ValueError, match=r"one value per sample: 6.*\(2,\)"):
        TimelineDisplay(labels, time[:2], 4).plot()
    with pytest.raises(ValueError, match="at least two samples"):
        TimelineDisplay(labels[:1], time[:1], 4).plot()


def test_timeline_of_a_model(model, X):
    figure, axes = plt.subplots(1, 3)
    display = TimelineDisplay.from_estimator(model, X, axes=axes)
    assert display.figure_ is figure
    assert_array_equal(display.labels, model.labels_)


def test_maps_fade_where_not_significant():
    fields = np.ones((2, 2, 3, 4))
    fields[:, :, 0] = np.nan
    significant = np.zeros(fields.shape, dtype=bool)
    significant[1, 0, :, 2:] = True
    display = FieldMapsDisplay(fields, ["a", "b"], significant=significant).plot()
    assert [ax.get_title(loc="left") for ax in display.axes_] == ["a", "b"]
    veils = [ax.collections[-1].get_array().reshape(3, 4) for ax in display.axes_]
    assert_array_equal(np.ma.count(np.ma.masked_invalid(veils), axis=(1, 2)), [8, 4])
    assert FieldMapsDisplay(fields[:, :1]).plot(n_columns=1).axes_.shape == (2,)
    with pytest.raises(ValueError, match="zip"):
        FieldMapsDisplay(fields, ["a"]).plot()


def test_picture_of_lead_lag_composites():
    record = np.random.default_rng(0).standard_normal((40, 2, 5, 6))
    found = lead_lag_composites(record, [9, 19, 29], [0, 1, 1], [-1, 0, 3])
    display = found.plot(units="m/s", lag_units="d")
    assert len(display.axes_) == 6
    assert [display.axes_[i].get_title(loc="left") for i in (0, 5)] == [
        "0: -1 d, n = 1",
        "1: +3 d, n = 2",
    ]
    assert_array_equal(display.fields[4], found.means[1, 1])


def test_pipelines_and_searches(X):
    data = 5 + 3 * X
    pipeline = make_pipeline(
        FunctionTransformer(lambda X: X / 3, lambda X: 3 * X, check_inverse=False),
        PCScaledNoiseAugmenter(1, random_state=0),
        VAEClustering(3, n_init=1, max_epochs=4, random_state=0),
    )
    search = GridSearchCV(
        pipeline,
        {"vaeclustering__n_clusters": [3]},
        scoring=separation_scorer,
        cv=all_samples_cv(data),
    ).fit(data)
    fitted = search.best_estimator_
    model = fitted[-1]
    for estimator in (fitted, search):
        assert len(LatentSpaceDisplay.from_estimator(estimator, data).Z) == len(X)
        assert LossCurveDisplay.from_estimator(estimator).curve == model.history_
        assert SeparationDisplay.from_estimator(estimator, data).ratios.shape == (3, 3)
        labels = TimelineDisplay.from_estimator(estimator, data).labels
        assert_array_equal(labels, fitted.predict(data))
        assert core_members(estimator, data).shape == (len(X),)
        errors = reconstruction_errors(estimator, data, X_train=data).loc["all"]
        assert errors["decoder"] < 3 * data.std()  # in units of the data
        maps = ClusterMapsDisplay.from_estimator(estimator)
        assert_allclose(maps.fields, 3 * model.cluster_centers_)
    with pytest.raises(TypeError, match="KMeans has no history_"):
        LossCurveDisplay.from_estimator(KMeans(2, n_init=1).fit(data.reshape(36, -1)))
