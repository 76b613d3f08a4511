"""Tests of the display of the latent space."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.inspection import LatentSpaceDisplay

pytest.importorskip("matplotlib.pyplot")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def model(X):
    augmenter = PCScaledNoiseAugmenter(2)
    return VAEClustering(
        3, augmenter=augmenter, n_init=1, max_epochs=4, random_state=0
    ).fit(X)


def test_latent_space(model, X):
    display = LatentSpaceDisplay.from_estimator(model, X)
    assert isinstance(display, LatentSpaceDisplay)
    low, high = display.ax_.get_xlim()
    x = np.append(display.Z[:, 0], display.copies[:, 0])
    assert low < x.min()
    assert x.max() < high
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


def test_latent_space_with_an_augmenter_of_any_kind(X):
    class Mirror:
        n_copies = 1

        def fit(self, X):
            pass

        def augment(self, X):
            return X[..., ::-1]

    model = VAEClustering(2, augmenter=Mirror(), n_init=1, max_epochs=2, random_state=0)
    display = LatentSpaceDisplay.from_estimator(model.fit(X), X)
    assert_allclose(display.copies, model.transform(X[..., ::-1]))


@pytest.mark.parametrize(("n", "title"), [(2, ""), (3, "2 of 3 latent variables")])
def test_title_tells_of_variables_that_are_not_drawn(n, title):
    labels = np.array([0, 1, 1])
    display = LatentSpaceDisplay(np.eye(3, n), labels, np.eye(2, n), np.ones((2, n)))
    assert display.plot().ax_.get_title("right") == title


def test_latent_line():
    Z = np.random.default_rng(0).standard_normal((30, 1))
    labels = np.repeat([0, 1, -1], [12, 15, 3])
    display = LatentSpaceDisplay(Z, labels, np.zeros((2, 1)), np.ones((2, 1)))
    ax = display.plot(names=["ridge", "trough"]).ax_
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["ridge", "trough", "no cluster"]
    highest = int(ax.get_title("right").split()[2])
    sums = [np.sum(b.get_data().baseline - b.get_data().values) for b in ax.patches]
    assert_allclose(sums, np.array([12, 15, 3]) * 0.85 / highest)


def test_unassigned_samples_are_in_the_legend():
    rng = np.random.default_rng(0)
    display = LatentSpaceDisplay(
        rng.standard_normal((30, 2)), np.arange(30) % 3 - 1, np.eye(2), np.ones((2, 2))
    ).plot()
    assert len(display.ax_.collections[0].get_offsets()) == 10
    texts = [text.get_text() for text in display.figure_.legends[0].get_texts()]
    assert texts == ["no cluster", "one standard deviation"]


def test_names_in_latent_space_do_not_overlap():
    means, labels = np.zeros((12, 2)), np.arange(60) % 12
    Z = np.random.default_rng(0).standard_normal((60, 2))
    display = LatentSpaceDisplay(Z, labels, means, np.ones((12, 2)))
    display.plot(names=[f"regime {k}" for k in range(12)])
    display.figure_.canvas.draw()
    texts = display.ax_.texts
    assert [text.get_text() for text in texts] == [f"regime {k}" for k in range(12)]
    boxes = [text.get_bbox_patch().get_window_extent() for text in texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    looks = {
        (c.get_facecolor().tobytes(), c.get_paths()[0].vertices.tobytes())
        for c in display.ax_.collections
    }
    assert len(looks) == 12
    outlier = LatentSpaceDisplay(
        np.r_[Z, [[900, 0]]], np.r_[labels, 0], means, 1 + 0 * means
    )
    ax = outlier.plot().ax_
    places = np.array([text.get_position() for text in ax.texts])
    for values, limits in zip(places.T, (ax.get_xlim(), ax.get_ylim()), strict=True):
        assert limits[0] < values.min() < values.max() < limits[1]
    with pytest.raises(ValueError, match=r"names=\['a'\] must be 12 names"):
        display.plot(names=["a"])


def test_names_do_not_hide_small_ellipses():
    means = np.array([[0.0, 0.0], [8.0, 0.0]])
    Z = np.repeat(means, 20, axis=0) + np.arange(20).repeat(2)[:, None] / 20
    display = LatentSpaceDisplay(Z, np.repeat([0, 1], 20), means, 0.01 + 0 * means)
    display.plot(names=["Scandinavian blocking", "1"])
    display.figure_.canvas.draw()
    name = display.ax_.texts[0].get_window_extent()
    assert not name.overlaps(display.ax_.patches[0].get_window_extent())


@pytest.mark.parametrize("shared", [False, True])
def test_given_axes_keep_their_shape(shared):
    plt = pytest.importorskip("matplotlib.pyplot")
    figure, axes = plt.subplots(1, 2, figsize=(6, 2), sharex=shared, sharey=shared)
    before = [ax.get_position().size for ax in axes]
    for ax, scale in zip(axes, ([1, 5], [5, 1]), strict=True):
        Z = np.random.default_rng(0).standard_normal((30, 2)) * scale
        LatentSpaceDisplay(Z, np.zeros(30), Z[:1], np.ones((1, 2))).plot(ax=ax)
    figure.canvas.draw()
    for ax, size in zip(axes, before, strict=True):
        assert ax.get_aspect() == 1
        assert shared or (ax.get_position().size == size).all()
        assert ax.get_xlim()[0] < ax.collections[0].get_offsets()[:, 0].min()
