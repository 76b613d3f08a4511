"""Tests of displays of models and fields."""

import pickle
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
from skvaeclust.composites import (
    cluster_means,
    core_members,
    lead_lag_composites,
    reconstruction_errors,
)
from skvaeclust.inspection import (
    ClusterMapsDisplay,
    FieldMapsDisplay,
    FrequencyDisplay,
    LatentSpaceDisplay,
    LossCurveDisplay,
    MapGrid,
    SeparationDisplay,
    TimelineDisplay,
)
from skvaeclust.model_selection import (
    all_samples_cv,
    classifiability_report,
)

plt = pytest.importorskip("matplotlib.pyplot")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"^TimelineDisplay needs matplotlib: pip"):
        TimelineDisplay.from_labels([0, 1])


@pytest.fixture
def model(X):
    augmenter = PCScaledNoiseAugmenter(2)
    return VAEClustering(
        3, augmenter=augmenter, n_init=1, max_epochs=4, random_state=0
    ).fit(X)


def test_matplotlib_is_imported_when_used():
    code = "import sys, skvaeclust.inspection; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "draw",
    [
        LossCurveDisplay.from_estimator,
        SeparationDisplay.from_estimator,
        ClusterMapsDisplay.from_estimator,
        lambda model: LatentSpaceDisplay.from_estimator(model, np.zeros((2, 2, 8, 9))),
        lambda model: TimelineDisplay.from_labels(model.labels_),
        lambda model: FrequencyDisplay.from_labels(model.labels_),
        lambda model: FrequencyDisplay.from_labels(model.labels_, by=model.labels_ > 0),
    ],
)
def test_displays_leave_the_current_figure(draw, model, tmp_path):
    figure, (left, _) = plt.subplots(1, 2)
    plt.sca(left)
    display = draw(model)
    assert plt.gcf() is figure
    assert plt.gca() is left
    assert display.figure_.number in plt.get_fignums()  # plt.show() shows it
    display.figure_.savefig(tmp_path / "display.png")


def test_pyplot_does_not_draw_on_displays(model, tmp_path):
    plt.close("all")
    for _ in range(2):
        display = LossCurveDisplay.from_estimator(model)
        assert display.figure_.number in plt.get_fignums()
        plt.plot([0, 1], [5, 6])
        assert plt.gcf() is not display.figure_
        assert len(plt.gca().lines) == 1
        plt.close(plt.gcf())
        assert plt.subplot(1, 2, 1).figure is not display.figure_
        plt.close("all")
    display = LossCurveDisplay.from_estimator(model)
    plt.sca(display.ax_)
    plt.title("loss")
    assert display.ax_.get_title() == "loss"
    display.figure_.colorbar(plt.cm.ScalarMappable(), ax=display.ax_)
    restored = pickle.loads(pickle.dumps(display.figure_))
    restored.savefig(tmp_path / "restored.png")


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("n_clusters", [1, 2, 4, 5, 8])
def test_maps(n_channels, n_clusters):
    fields = np.random.default_rng(0).standard_normal((n_clusters, n_channels, 20, 30))
    fields[:, :, 0] = np.nan
    weights = np.full(n_clusters, 1 / n_clusters)
    display = ClusterMapsDisplay(fields, weights, grid=MapGrid(units="cm/s")).plot()
    assert len(display.axes_) == n_clusters
    display.figure_.canvas.draw()
    expected = "speed (cm s$^{-1}$)" if n_channels == 2 else "cm s$^{-1}$"
    assert display.colorbar_.ax.get_xlabel() == expected
    letter = "a) " if n_clusters > 1 else ""
    title = display.axes_[0].get_title(loc="left").replace("\N{NO-BREAK SPACE}", " ")
    assert title == f"{letter}cluster 0: {100 / n_clusters:.0f} %"


def test_colours_are_robust_to_outliers():
    fields = np.random.default_rng(0).uniform(-1, 1, (1, 1, 20, 30))
    fields[0, 0, 3, 4] = 1000
    display = FieldMapsDisplay(fields).plot()
    assert display.colorbar_.mappable.levels.max() == 1
    assert display.colorbar_.extend == "max"
    assert_allclose(
        display.plot(levels=[-5, 0, 5]).colorbar_.mappable.levels, [-5, 0, 5]
    )


def test_maps_with_a_scalar_and_a_vector():
    fields = np.random.default_rng(0).standard_normal((2, 3, 6, 8))
    display = FieldMapsDisplay(
        fields,
        grid=MapGrid(units=["hPa", "m/s", "m/s"], quantity=["pressure", "u", "v"]),
    )
    with pytest.raises(ValueError, match=r"3 channels\. Pass channel"):
        display.plot()
    for wrong in ({"channel": 3}, {"arrows": (0, 5)}, {"arrows": (1,)}):
        with pytest.raises(ValueError, match="from 0 to 2"):
            display.plot(**wrong)
    both = display.plot(channel=0, arrows=(1, 2))
    assert both.colorbar_.ax.get_xlabel() == "pressure (hPa)"
    arrows = [c for c in both.axes_[0].collections if hasattr(c, "U")]
    assert np.isin(np.ma.compressed(arrows[0].U), fields[0, 1]).all()
    key = [a for a in both.axes_[1].artists if hasattr(a, "label")]
    assert key[0].label.endswith(" m s$^{-1}$")
    alone = display.plot(channel=2)
    assert alone.colorbar_.ax.get_xlabel() == "v (m s$^{-1}$)"


def test_samples_without_a_cluster_are_in_no_map():
    X = np.random.default_rng(0).standard_normal((6, 1, 4, 5))
    labels = [0, 0, -1, 1, -1, -1]
    display = ClusterMapsDisplay.from_labels(X, labels, alpha=0.5)
    assert_array_equal(display.weights, [2 / 6, 1 / 6])
    assert_allclose(display.fields, [X[:2].mean(axis=0), X[3]])
    assert display.significant.shape == display.fields.shape


def test_empty_clusters_are_labelled():
    X = np.random.default_rng(0).standard_normal((6, 1, 4, 5))
    display = ClusterMapsDisplay.from_labels(X, [0, 0, 0, 2, 2, 2], n_clusters=4)
    assert [ax.get_title(loc="left")[3:] for ax in display.axes_] == [
        "cluster 0: 50\N{NO-BREAK SPACE}%",
        "cluster 1: empty",
        "cluster 2: 50\N{NO-BREAK SPACE}%",
        "cluster 3: empty",
    ]
    texts = [[t.get_text() for t in ax.texts] for ax in display.axes_]
    assert texts == [[], ["empty"], [], ["empty"]]


def test_maps_in_degrees_keep_their_aspect():
    fields = np.ones((1, 1, 5, 9))
    x, y = np.linspace(-70, 10, 9), np.linspace(50, 70, 5)
    coastline = [[-20.0, 60.0], [-10, 65], [np.nan, np.nan], [0, 55], [5, 55]]
    display = FieldMapsDisplay(
        fields, grid=MapGrid(x=x, y=y, xy_units="degrees", coastline=coastline)
    ).plot()
    (ax,) = display.axes_
    display.figure_.canvas.draw()
    assert_allclose(ax.get_aspect(), 2)  # 1 / cos(60 degrees)
    assert {"60°W", "0°"} <= {t.get_text() for t in ax.get_xticklabels()}
    assert "60°N" in {t.get_text() for t in ax.get_yticklabels()}
    drawn = ax.collections[-2].get_segments()  # repeated to the west and east
    assert_array_equal(np.concatenate(drawn), np.delete(coastline, 2, axis=0))
    plane = (
        FieldMapsDisplay(fields, grid=MapGrid(x=x, y=y, xy_units="km")).plot().axes_[0]
    )
    assert (plane.get_xlabel(), plane.get_aspect()) == ("x (km)", 1)
    grid = np.meshgrid(x, y)
    curved = FieldMapsDisplay(
        fields, grid=MapGrid(x=grid[0] + grid[1], y=grid[1])
    ).plot()
    assert curved.axes_[0].get_xlim() == (-20, 80)
    with pytest.raises(ValueError, match=r"shapes \(9,\) and \(5,\).*got \(5,\)"):
        FieldMapsDisplay(fields, grid=MapGrid(x=y, y=x)).plot()


def test_maps_of_other_fields_and_anomalies(model, X):
    pressure = np.random.default_rng(0).standard_normal((len(X), 1, 4, 5)) + 1000
    display = ClusterMapsDisplay.from_estimator(
        model, X, fields=pressure, anomalies=True, levels=5, names=["a", "b", "c"]
    )
    expected = cluster_means(pressure, model.labels_, 3) - pressure.mean(axis=0)
    assert_allclose(display.fields, expected)
    centred = ClusterMapsDisplay.from_estimator(model, anomalies=True).fields
    weighted = np.tensordot(model.weights_, centred, axes=1)
    assert_allclose(weighted, 0, atol=1e-10 * np.abs(centred).max())
    for name, value in (("fields", pressure), ("alpha", 0.05), ("time", range(9))):
        with pytest.raises(ValueError, match=f"{name} requires the samples X"):
            ClusterMapsDisplay.from_estimator(model, **{name: value})
    with pytest.warns(UserWarning, match="X was clustered"):
        ClusterMapsDisplay.from_estimator(model, X, fields=X.copy(), alpha=0.05)


def test_maps_name_what_they_show():
    rng = np.random.default_rng(0)
    X, labels = rng.standard_normal((60, 2, 6, 8)), np.arange(60) % 2
    grid = MapGrid(units="m s**-1", quantity=["u", "v"])

    def draw(**params):
        return ClusterMapsDisplay.from_labels(X, labels, grid=grid, **params)

    label = "speed of the anomaly (m s$^{-1}$)"
    assert draw(anomalies=True).colorbar_.ax.get_xlabel() == label
    label = "v anomaly (m s$^{-1}$)"
    assert draw(anomalies=True, channel=1).colorbar_.ax.get_xlabel() == label
    (legend,) = draw(alpha=0.1).figure_.legends
    assert "no significant difference from all samples (FDR 10 %)" in {
        text.get_text().replace("\n", " ") for text in legend.get_texts()
    }
    (legend,) = draw(alpha=0.1, stippling_label="open").figure_.legends
    assert [text.get_text() for text in legend.get_texts()] == ["open"]


def test_rcparams_of_the_user_are_kept(model):
    sizes = []
    for params in ({}, {"font.size": 13}):
        with plt.rc_context(params):
            title = ClusterMapsDisplay.from_estimator(model).axes_[0].title
            sizes.append(title.get_fontsize())
    assert sizes == [8, 13]
    assert plt.rcParams["font.size"] == 10


def test_maps_of_a_model(model, X):
    x, y = np.arange(X.shape[3]) * 2.0, np.arange(X.shape[2]) * 2.0
    decoded = ClusterMapsDisplay.from_estimator(model, grid=MapGrid(x=x, y=y))
    assert_array_equal(decoded.fields, model.cluster_centers_)
    figure, axes = plt.subplots(1, 3)
    means = ClusterMapsDisplay.from_estimator(
        model, X, axes=axes, grid=MapGrid(units="m/s")
    )
    assert means.figure_ is figure
    assert_array_equal(means.fields, cluster_means(X, model.labels_, 3))
    with pytest.raises(ValueError, match="axes has 2 axes, expected 3"):
        means.plot(axes=axes[:2])
    with pytest.raises(ValueError, match=r"fields must have the shape .*\(3, 7\)"):
        ClusterMapsDisplay(np.zeros((3, 7)), np.ones(3) / 3).plot()


def test_loss_curve(model):
    lines = LossCurveDisplay.from_estimator(model).ax_.lines
    named = {line.get_label(): line.get_ydata() for line in lines}
    for name in ("loss", "reconstruction", "latent", "balance"):
        assert_allclose(named[name], [record[name] for record in model.history_])


def test_loss_curve_shows_what_can_be_drawn():
    terms = {"loss": 1.0, "reconstruction": 0.5, "categorical": 0.3, "latent": 0.2}
    display = LossCurveDisplay([{"epoch": 0, "phase": "free", **terms, "balance": 0}])
    ax = display.plot().ax_
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(terms)
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [1]


def test_separation(model, X):
    for data in (None, X):
        display = SeparationDisplay.from_estimator(model, data)
        ratios = classifiability_report(model, data).ratios
        assert_array_equal(display.ratios, ratios)
        assert len(display.ax_.texts) == 6
        assert display.ax_.texts[0].get_text() == f"{ratios[0, 1]:.1f}"
    display.figure_.canvas.draw()
    title = display.figure_.legends[0].get_title()
    assert title.get_text() == "distance / sum of spreads"
    assert 0 < title.get_window_extent().y0 < display.ax_.get_window_extent().y0


def test_timeline_of_a_model(model, X):
    figure, ax = plt.subplots()
    display = TimelineDisplay.from_estimator(model, X, ax=ax)
    assert display.figure_ is figure
    assert_array_equal(display.labels, model.labels_)
    assert display.ax_.get_xlabel() == "sample"


@pytest.mark.parametrize("stippling", ["significant", "not significant"])
def test_stippling(stippling):
    fields = np.ones((2, 2, 4, 5))
    fields[:, :, 0] = np.nan
    significant = np.zeros(fields.shape, dtype=bool)
    significant[1, 0] = True
    display = FieldMapsDisplay(fields, ["a", "b"], significant=significant)
    display.plot(stippling=stippling)
    assert [ax.get_title(loc="left") for ax in display.axes_] == ["a", "b"]
    dotted = [
        any("." in (h or "") for c in ax.collections for h in getattr(c, "hatches", ()))
        for ax in display.axes_
    ]
    assert dotted == [stippling == "not significant", stippling == "significant"]
    (key,) = display.figure_.legends
    assert key.get_texts()[0].get_text() == stippling
    with pytest.raises(ValueError, match="stippling='all' must be"):
        display.plot(stippling="all")
    with pytest.raises(ValueError, match=r"titles=\['a'\] must be 2 titles"):
        FieldMapsDisplay(fields, ["a"]).plot()
    with pytest.raises(ValueError, match=r"significant must have .* got \(2, 4, 5\)"):
        FieldMapsDisplay(fields, significant=significant[:, 0]).plot()


def test_maps_of_lead_lag_composites():
    record = np.random.default_rng(0).standard_normal((40, 2, 5, 6))
    found = lead_lag_composites(record, [9, 19, 29], [0, 1, 1], [-1, 0, 3])
    display = FieldMapsDisplay.from_composites(
        found, lag_units="d", grid=MapGrid(units="m/s")
    )
    assert len(display.axes_) == 6
    titles = [display.axes_[i].get_title(loc="left") for i in (0, 5)]
    assert [title.replace("\N{NO-BREAK SPACE}", " ") for title in titles] == [
        "0: \N{MINUS SIGN}1 d, n = 1",
        "1: +3 d, n = 2",
    ]
    assert_array_equal(display.fields[4], found.means[1, 1])
    means = ClusterMapsDisplay.from_labels(record, np.arange(40) % 2, alpha=0.05)
    assert means.significant.shape == means.fields.shape


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
