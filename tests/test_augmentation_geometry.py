"""Tests of rotation, zoom, cut-out and noise, and of augmenters in the estimator."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skvaeclust import (
    CutoutAugmenter,
    IsotropicNoiseAugmenter,
    PCScaledNoiseAugmenter,
    PCUniformNoiseAugmenter,
    RotationAugmenter,
    VAEClustering,
    ZoomAugmenter,
)
from skvaeclust.augmentation import BaseAugmenter
from skvaeclust.augmentation._geometry import rotate_vectors, zoom_vectors
from skvaeclust.datasets._vortex import gaussian_vortex

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SEEDS = range(3)
OF_FIELDS = [RotationAugmenter, ZoomAugmenter, CutoutAugmenter]
ONCE = [IsotropicNoiseAugmenter, *OF_FIELDS]


INSIDE = np.hypot(*np.mgrid[-15:16, -15:16]) <= 15


def vortex(x0=0.0, y0=0.0, size=31):
    """A vortex on a square grid about the origin."""
    x = np.arange(size) - (size - 1) / 2
    return gaussian_vortex(x, x[:, None], x0=x0, y0=y0, radius=5, speed=1)


@pytest.mark.parametrize("angle", [30, -75, 180])
def test_rotation_turns_the_components(angle):
    uniform = np.stack([np.full((9, 12), 2.0), np.zeros((9, 12))])
    u, v = rotate_vectors(uniform, angle)
    assert_allclose(u, 2 * np.cos(np.deg2rad(angle)))
    assert_allclose(v, 2 * np.sin(np.deg2rad(angle)))


@pytest.mark.parametrize("angle", [20, 90, 135])
def test_rotation_turns_the_grid(angle):
    # A vortex east of the centre moves anticlockwise, and keeps its shape.
    turn = np.deg2rad(angle)
    rotated = rotate_vectors(vortex(6, 0), angle)
    expected = vortex(6 * np.cos(turn), 6 * np.sin(turn))
    # With a radius of 5 points, linear interpolation has an error of 1 / (8 * 25)
    # or more. The corners are outside the original grid.
    assert_allclose(rotated[:, INSIDE], expected[:, INSIDE], atol=0.04)


def test_rotation_of_fields_with_the_northern_row_first():
    """A centred vortex does not change; away from the centre it moves anticlockwise."""
    centred = vortex()[:, ::-1]
    augmenter = RotationAugmenter(5, max_angle=180, origin="upper", random_state=0)
    for copy in augmenter.fit_transform(np.stack([centred, centred])):
        assert_allclose(copy[:, INSIDE], centred[:, INSIDE], atol=0.06)
    rotated = rotate_vectors(vortex(6, 0)[:, ::-1], 90, "upper")
    assert_allclose(rotated[:, ::-1], rotate_vectors(vortex(6, 0), 90))


def test_four_quarter_turns_are_none():
    field = np.random.default_rng(0).standard_normal((2, 8, 8))
    turned = field
    for _ in range(4):
        turned = rotate_vectors(turned, 90)
    assert_allclose(turned, field, atol=1e-12)


@pytest.mark.parametrize("factor", [1.0, 1.2, 2.0])
def test_zoom_keeps_a_solid_rotation(factor):
    x = np.arange(11.0) - 5
    solid = np.stack(np.broadcast_arrays(-x[:, None], x))
    assert_allclose(zoom_vectors(solid, factor), solid, atol=1e-12)


def test_zoom_scales_grid_and_components():
    zoomed = zoom_vectors(vortex(), 1.5)
    x = np.arange(31) - 15.0
    expected = gaussian_vortex(x, x[:, None], x0=0, y0=0, radius=7.5, speed=1.5)
    assert_allclose(zoomed, expected, atol=0.04)


@pytest.mark.parametrize("seed", SEEDS)
def test_cut_out_has_the_mean(seed):
    X = np.random.default_rng(seed).standard_normal((5, 3, 20, 30))
    copies = CutoutAugmenter(40, size=0.3, random_state=seed).fit(X).augment(X)
    originals = np.tile(X, (40, 1, 1, 1))
    cut = copies != originals
    assert_array_equal(copies[cut], np.broadcast_to(X.mean(axis=0), cut.shape)[cut])
    shares = cut.mean(axis=(1, 2, 3))
    assert_allclose(shares.max(), 0.3 * 0.3)
    assert (shares > 0).all()
    assert_array_equal(cut[:, 0], cut[:, 2])


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_of_equal_variance(seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, 4)) * [5, 3, 1, 0] + 2
    largest = np.linalg.eigvalsh(np.cov(X.T))[-1]
    uniform = PCUniformNoiseAugmenter(noise_scale=0.5).fit(X).noise_factor_
    span = np.diag([1, 1, 1, 0])
    assert_allclose(uniform.T @ uniform, 0.25 * largest * span, atol=1e-10)

    isotropic = IsotropicNoiseAugmenter(2000, noise_scale=0.5, random_state=seed)
    noise = isotropic.fit(X).augment(X) - np.tile(X, (2000, 1))
    # The standard error of a variance of 60,000 draws is 0.6 %.
    assert_allclose(noise.var(axis=0), 0.25 * largest, rtol=0.03)


@pytest.mark.parametrize("augmenter", ONCE)
def test_copies_keep_shape_land_and_input(augmenter, X):
    X = X.copy()
    X[:, :, 0, :3] = np.nan
    before = X.copy()
    model = augmenter(2, random_state=0).fit(X)
    copies = model.augment(X)
    assert copies.shape == (2 * len(X), *X.shape[1:])
    assert_array_equal(np.isnan(copies), np.tile(np.isnan(X), (2, 1, 1, 1)))
    assert_array_equal(copies, model.augment(X))
    assert np.nanmax(np.abs(copies - np.tile(X, (2, 1, 1, 1)))) > 0.01
    assert_array_equal(X, before)
    assert model.fit_transform(X).shape[0] == 3 * len(X)
    assert_array_equal(model.transform(X), X)


@pytest.mark.parametrize("augmenter", OF_FIELDS)
def test_fields_are_needed(augmenter):
    with pytest.raises(
        ValueError, match=f"{augmenter.__name__} needs fields.*rows of 4"
    ):
        augmenter(1).fit_transform(np.eye(4))


@pytest.mark.parametrize("augmenter", [RotationAugmenter, ZoomAugmenter])
def test_vectors_are_needed(augmenter):
    X = np.random.default_rng(0).standard_normal((4, 3, 5, 5))
    with pytest.raises(ValueError, match=r"two components of a vector.*got 3"):
        augmenter(1).fit_transform(X)


@pytest.mark.parametrize(
    "augmenter",
    [
        RotationAugmenter(max_angle=181),
        ZoomAugmenter(max_factor=0.5),
        CutoutAugmenter(size=1.5),
        IsotropicNoiseAugmenter(noise_scale=-1),
        RotationAugmenter(-1),
    ],
    ids=repr,
)
def test_bad_parameters(augmenter, X):
    with pytest.raises(ValueError, match=type(augmenter).__name__):
        augmenter.fit(X)


def fit(X, augmenter, **params):
    params = {"n_init": 2, "max_epochs": 3, "random_state": 0} | params
    return VAEClustering(3, augmenter=augmenter, **params).fit(X)


@pytest.mark.parametrize("network", ["dense", "conv"])
@pytest.mark.parametrize("augmenter", [*ONCE, PCUniformNoiseAugmenter])
def test_in_the_estimator(augmenter, network, X):
    X = X.copy()
    X[:, :, 0, :3] = np.nan
    before = augmenter(2)
    first = fit(X, before, network=network)
    assert before.random_state is None
    assert_array_equal(first.labels_, first.predict(X))
    assert len(first.labels_) == len(X)
    second = fit(X, augmenter(2), network=network)
    assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert np.isnan(first.cluster_centers_[:, :, 0, :3]).all()


def test_flat_rows_unfold_for_the_augmenter(X):
    flat = X.reshape(len(X), -1)
    by_fields = fit(X, RotationAugmenter(1))
    by_rows = fit(flat, RotationAugmenter(1), field_shape=X.shape[1:])
    assert_array_equal(by_fields.labels_, by_rows.labels_)


@pytest.mark.parametrize("augmenter", ONCE)
def test_dense_training_sees_more_of_the_copies(augmenter, X):
    copies = augmenter(2, random_state=5).fit(X).augment(X).reshape(2 * len(X), -1)
    with_copies = fit(X, augmenter(2, random_state=5))._model.representation
    alone = fit(X, PCScaledNoiseAugmenter(2))._model.representation
    unseen = [seen.split(copies)[1].mean() for seen in (with_copies, alone)]
    assert unseen[0] < unseen[1]


class Odd(BaseEstimator):
    """A custom augmenter."""

    def __init__(self, n_copies=1, result="half"):
        self.n_copies = n_copies
        self.result = result

    def fit(self, X, y=None):
        return self

    def augment(self, X):
        return {"same": X + 0, "half": X[::2], "nan": np.where(X > 0, np.nan, X)}[
            self.result
        ]


class Plain:
    """Not an estimator; its noise can be redrawn."""

    n_copies = 2

    def fit(self, X):
        self.noise_factor_ = 0.01 * np.eye(X[0].size)

    def augment(self, X):
        raise AssertionError("noise is new in every epoch")


class Mirror(BaseAugmenter):
    """The augmenter in the docstring of BaseAugmenter."""

    def __init__(self, n_copies=1, random_state=None):
        self.n_copies = n_copies
        self.random_state = random_state

    def _copies(self, rows, shape):
        mirrored = rows.reshape(-1, *shape)[..., ::-1]
        return np.tile(mirrored.reshape(len(rows), -1), (self.n_copies, 1))


def test_an_augmenter_that_is_no_estimator(X):
    augmenter = Plain()
    assert fit(X, augmenter).labels_.shape == (len(X),)
    assert not hasattr(augmenter, "noise_factor_")  # it is copied


def test_base_class_of_ones_own(X):
    augmented = Mirror(n_copies=2).fit_transform(X)
    assert_array_equal(augmented[36:72], X[..., ::-1])
    assert Mirror().noise_factor_ is None
    assert fit(X, Mirror()).labels_.shape == (len(X),)
    with pytest.raises(ValueError, match="n_copies"):
        Mirror(n_copies=-1).fit(X)


class Own(BaseAugmenter):
    """An augmenter with a given function of the rows."""

    def __init__(self, function=None, n_copies=1, random_state=None):
        self.function = function
        self.n_copies = n_copies
        self.random_state = random_state

    def _copies(self, rows, shape):
        return self.function(rows)


def with_nan(rows):
    rows = rows.copy()
    rows[2, 3] = np.nan
    return rows


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda rows: rows[:3],
            r"Own returned copies of shape \(3, 144\), expected \(36",
        ),
        (with_nan, "The result of Own contains NaN: 1 .* sample 2, .* Expected finite"),
        (lambda rows: 1 / rows.clip(0, 0), "The result of Own contains infinity"),
        (lambda rows: None, r"Own._copies\(rows, shape\) must be an array"),
        (lambda rows: rows + 1j, "Complex data not supported: Own._copies"),
        (lambda rows: rows.astype(str), "Own._copies.* got text such as"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_copies_of_ones_own_are_checked(X, function, message):
    for use in (Own(function).fit_transform, Own(function).fit(X).augment):
        with pytest.raises((TypeError, ValueError), match=message):
            use(X)


class Duck:
    """An object with the methods of an augmenter."""

    n_copies = 1

    def __init__(self, **attributes):
        vars(self).update(attributes)

    def fit(self, X):
        return self

    def augment(self, X):
        return X


def test_an_augmenter_cannot_change_the_data(X):
    before = X.copy()
    changing = Own(lambda rows: np.multiply(rows, -1, out=rows))
    for augmenter in (changing, Duck(fit=lambda X: np.multiply(X, 0, out=X))):
        with pytest.raises(ValueError, match="read-only"):
            fit(X, augmenter)
    with pytest.raises(ValueError, match="read-only"):
        changing.fit_transform(X)
    assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (
            {"n_copies": "2"},
            "Duck.n_copies='2' must be an integer from 0 to 10000",
        ),
        ({"n_copies": True}, "Duck.n_copies=True must be an integer"),
        (
            {"noise_factor_": np.ones((2, 7))},
            r"shape \(n_components, 144\), got \(2, 7",
        ),
        ({"noise_factor_": np.full((1, 144), np.nan)}, "noise_factor_ has NaN"),
        ({"noise_factor_": "abc"}, "Duck.noise_factor_ must be an array"),
        ({"augment": lambda X: None}, r"Duck.augment\(X\) must be an array"),
    ],
)
def test_objects_with_the_methods_of_an_augmenter_are_checked(X, attributes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        fit(X, Duck(**attributes))


@pytest.mark.parametrize("use", ["fit_transform", "augment", "clustering"])
def test_copies_that_exceed_the_memory(X, monkeypatch, use):
    monkeypatch.setattr("skvaeclust._limits.memory_of_machine", lambda: 1e6)
    augmenter = RotationAugmenter(900)
    use = {
        "fit_transform": augmenter.fit_transform,
        "augment": augmenter.fit(X).augment,
        "clustering": lambda X: fit(X, augmenter),
    }[use]
    with pytest.raises(
        ValueError, match=r"n_copies=900 and 36 samples needs .* 0.0005 GB"
    ):
        use(X)


def test_an_augmenter_of_ones_own(X):
    assert fit(X, Odd(result="same")).labels_.shape == (len(X),)
    with pytest.raises(ValueError, match=r"Odd returned copies of .*, expected \("):
        fit(X, Odd(result="half"))
    with pytest.raises(ValueError, match="NaN"):
        fit(X, Odd(result="nan"))
