"""Tests of composites against closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chi2
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import LeaveOneGroupOut

from skvaeclust import VAEClustering
from skvaeclust.composites import (
    cluster_means,
    cluster_significance,
    core_members,
    ensemble_reconstruction,
    is_unassigned,
    lead_lag_composites,
    reconstruction_errors,
)
from skvaeclust.datasets import make_coastal_circulations

SEEDS = range(3)


class Halves(BaseEstimator):
    """Two clusters by the sign of the first value, which is the latent position."""

    def __init__(self, latent_dim=1, softness=0.0):
        self.latent_dim = latent_dim
        self.softness = softness
        self.latent_means_ = np.array([[-3.0] * latent_dim, [3.0] * latent_dim])
        self.latent_variances_ = np.array([[4.0] * latent_dim, [1.0] * latent_dim])
        self.weights_ = np.array([0.5, 0.5])

    def predict(self, X):
        return (self.transform(X)[:, 0] > 0).astype(int)

    def predict_proba(self, X):
        hard = np.eye(2)[self.predict(X)]
        return (1 - self.softness) * hard + self.softness / 2

    def transform(self, X):
        return np.asarray(X).reshape(len(X), -1)[:, : self.latent_dim]

    def reconstruct(self, X):
        return np.asarray(X) + 0.5


def test_means_of_clusters():
    X = np.array([[[1.0, np.nan]], [[3.0, np.nan]], [[9.0, np.nan]]])
    means = cluster_means(X, [0, 0, 2], 4)
    assert_array_equal(means[:, 0, 0], [2, np.nan, 9, np.nan])
    assert np.isnan(means[:, 0, 1]).all()
    assert cluster_means(X, [0, 0, 2]).shape == (3, 1, 2)
    assert_array_equal(cluster_means(X, [0, -1, 0])[:, 0, 0], [5])
    assert np.isnan(cluster_means(X, [-1, -1, -1], 2)).all()


def test_absent_samples_are_in_no_mean():
    X = np.array([[1.0, 2.0], [3.0, 4.0], [np.nan, np.nan], [8.0, 9.0]])
    labels = [0, 0, -1, -1]
    assert_array_equal(cluster_means(X, labels), [[2, 3]])
    assert_array_equal(cluster_means(X, labels, anomalies=True), [[-2, -2]])
    assert_array_equal(cluster_means(X, [0, 0, 0, 1]), [[2, 3], [8, 9]])
    assert np.isnan(cluster_means(X, [0, 0, 1, -1])[1]).all()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], r"labels must be 3 integers.*\(2,\)"),
        ([0.0, 1.0, 1.0], "float64"),
        ([0, -2, 1], "labels must be >= -1, got -2"),
        ([0, 1, 5], "labels must be < n_clusters=2, got 5"),
    ],
)
def test_bad_labels(labels, message):
    with pytest.raises(ValueError, match=message):
        cluster_means(np.zeros((3, 2)), labels, 2)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("latent_dim", "n_sigma"), [(1, 1), (2, 1), (3, 2)])
def test_fraction_of_a_gaussian_in_the_core(latent_dim, n_sigma, seed):
    # Clusters are far apart, so that all samples are assigned to the first.
    model = Halves(latent_dim)
    model.latent_means_ *= 20
    Z = np.random.default_rng(seed).standard_normal((4000, latent_dim))
    X = model.latent_means_[0] + 2 * Z
    fraction = core_members(model, X, n_sigma).mean()
    assert abs(fraction - chi2.cdf(n_sigma**2, latent_dim)) < 0.03


def test_reconstruction_by_the_ensemble():
    members = np.array([[-1.0, 4.0], [-3.0, 6.0], [2.0, 0.0]])
    X = np.array([[-9.0, 9.0], [5.0, 5.0]])
    assert_allclose(
        ensemble_reconstruction(Halves(), X, X_train=members), [[-2, 5], [2, 0]]
    )
    soft = ensemble_reconstruction(
        Halves(softness=0.5), X, X_train=members, weighted=True
    )
    assert_allclose(soft, [[-1, 3.75], [1, 1.25]])
    # The probability of a cluster without members goes to the other.
    one = ensemble_reconstruction(
        Halves(softness=0.5), X, X_train=members[:2], weighted=True
    )
    assert_allclose(one, [[-2, 5], [-2, 5]])


@pytest.mark.parametrize("seed", SEEDS)
def test_errors_in_closed_form(seed):
    rng = np.random.default_rng(seed)
    # Samples on a line have one principal component. One point is land.
    members = rng.uniform(1, 2, size=(40, 1)) * [1.0, -2.0, np.nan]
    members[::2] *= -1
    X = members[:6] * 1.1
    errors = reconstruction_errors(Halves(), X, X_train=members)
    assert list(errors.index) == [0, 1, "all"]
    assert_array_equal(errors["n_samples"], [3, 3, 6])
    assert_allclose(errors["decoder"], 0.5)
    assert_allclose(errors["principal components"], 0, atol=1e-12)
    means = cluster_means(members, Halves().predict(members))
    expected = np.sqrt(np.nanmean((X - means[Halves().predict(X)]) ** 2))
    assert_allclose(errors.loc["all", "cluster mean"], expected)
    assert_allclose(errors["weighted mean"], errors["cluster mean"])


class HalvesWithGap(Halves):
    """Halves that leave samples with a small first value without a cluster."""

    def predict(self, X):
        return np.where(np.abs(self.transform(X)[:, 0]) < 0.5, -1, super().predict(X))

    def predict_proba(self, X):
        labels = self.predict(X)
        return np.eye(2)[labels] * (labels >= 0)[:, None]


def test_samples_without_a_cluster():
    model, members = HalvesWithGap(), np.array([[-1.0, 4.0], [0.2, 9.0], [2.0, 0.0]])
    X = np.array([[-3.0, 3.0], [0.1, 1.0], [5.0, 5.0]])
    expected = [[-1, 4], [np.nan, np.nan], [2, 0]]
    for weighted in (False, True):
        assert_array_equal(
            ensemble_reconstruction(model, X, X_train=members, weighted=weighted),
            expected,
        )
    assert_array_equal(core_members(model, X, 100), [True, False, True])
    errors = reconstruction_errors(model, X, X_train=members)
    assert list(errors.index) == [-1, 0, 1, "all"]
    assert_array_equal(errors["n_samples"], [1, 1, 1, 2])
    for name in ("cluster mean", "weighted mean"):
        assert_array_equal(errors[name].isna(), [True, False, False, False])
    assert_allclose(errors["decoder"], 0.5)
    none = reconstruction_errors(model, X[[1]], X_train=members)
    assert list(none.index) == [-1]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_errors_of_a_real_model(X):
    model = VAEClustering(3, n_init=1, max_epochs=4, random_state=0).fit(X)
    errors = reconstruction_errors(model, X[:9], X_train=X)
    assert np.isfinite(errors.to_numpy(dtype=float)).all()
    assert errors.loc["all", "n_samples"] == 9


@pytest.mark.parametrize("seed", SEEDS)
def test_lead_lag_finds_a_known_signal(seed):
    rng = np.random.default_rng(seed)
    record = 0.1 * rng.standard_normal((400, 1, 2, 3))
    record[:, :, 0, 0] = np.nan
    events = np.arange(5, 400, 10)
    groups = np.arange(len(events)) % 2
    # Group 1 has a signal at one point, a step before the event.
    record[events[groups == 1] - 1, 0, 1, 1] += 1
    found = lead_lag_composites(record, events, groups, [-1, 0])
    assert found.means.shape == found.significant.shape == (2, 2, 1, 2, 3)
    assert_array_equal(found.n_members, 20)
    assert_allclose(found.means[1, 0, 0, 1, 1], 1, atol=0.1)
    assert found.significant[1, 0, 0, 1, 1]
    others = found.significant.copy()
    others[1, 0, 0, 1, 1] = False
    assert others.mean() < 0.1
    assert np.isnan(found.means[..., 0, 0]).all()
    assert not found.significant[..., 0, 0].any()


def test_lead_lag_at_the_ends_of_the_record():
    record = np.arange(6.0)[:, None]
    found = lead_lag_composites(record, [0, 3, 5], [0, 0, 2], [-2, 1, 5])
    assert_array_equal(found.n_members, [[1, 2, 1], [0, 0, 0], [1, 0, 0]])
    assert_array_equal(found.means[0, :, 0], [1, 2.5, 5])
    assert_array_equal(found.means[2, :, 0], [3, np.nan, np.nan])
    assert not found.significant.any()


def test_lead_lag_ignores_events_without_a_group():
    record = np.random.default_rng(0).standard_normal((40, 2, 3, 3))
    events, groups = np.arange(40), np.arange(40) % 3 - 1
    found = lead_lag_composites(record, events, groups, [-1, 0])
    kept = groups >= 0
    same = lead_lag_composites(record, events[kept], groups[kept], [-1, 0])
    for name, values in vars(same).items():
        assert_array_equal(getattr(found, name), values)
    with pytest.raises(ValueError, match="got 1 event, all of them -1"):
        lead_lag_composites(record, [3], [-1], [0])


def test_significance_of_clusters_is_that_of_their_means():
    rng = np.random.default_rng(0)
    X, labels = rng.standard_normal((60, 1, 2, 3)), rng.integers(-1, 2, 60)
    X[labels == 1, :, 0, 1] += 3
    found = cluster_significance(X, labels, n_clusters=3)
    assert found.shape == cluster_means(X, labels, 3).shape
    assert found[1, 0, 0, 1]
    assert not found[2].any()
    composites = lead_lag_composites(X, np.arange(60), labels, [0])
    assert_array_equal(found[:2], composites.significant[:, 0])
    assert_allclose(composites.means[:, 0], cluster_means(X, labels))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"events": [0, 9]}, r"events \[9\] are outside the record of 6 times"),
        ({"groups": [0]}, "groups must be 2 integers"),
        ({"lags": [0.5]}, "lags must be a 1D array of integers"),
        ({"alpha": 1}, "alpha=1 must be strictly"),
    ],
)
def test_bad_lead_lag(params, message):
    params = {"events": [0, 3], "groups": [0, 1], "lags": [0]} | params
    with pytest.raises(ValueError, match=message):
        lead_lag_composites(np.zeros((6, 2)), **params)


def test_lead_lag_of_coastal_events():
    flow = make_coastal_circulations(
        30, freedom=0, n_days=5, weights=(0, 0, 1, 1), random_state=0
    )
    groups = flow.target[flow.peaks] - 2
    found = lead_lag_composites(flow.data, flow.peaks, groups, [-2, 0, 2])
    speed = np.nan_to_num(np.hypot(*np.moveaxis(found.means, 2, 0)))
    fastest = speed.max(axis=(2, 3))
    assert (fastest[:, 1] > fastest[:, 0]).all()
    assert (fastest[:, 1] > fastest[:, 2]).all()
    x = (speed**2).sum(axis=2) @ flow.x / (speed**2).sum(axis=(2, 3))
    assert (np.diff(x, axis=1) > 0).all()  # they drift eastward
    assert found.significant[:, 1].any()


def two_blobs(seed, n=400):
    X = np.random.default_rng(seed).standard_normal((n, 5))
    X[::2, 0] += 6
    return X


def test_unassigned_samples_are_few_among_new_ones():
    # Half of the dimensions that 40 samples have: fitted samples score too high.
    train = two_blobs(0, 40)
    model = GaussianMixture(2, random_state=0).fit(train)
    new = two_blobs(1, 4000)
    naive = np.quantile(model.score_samples(train), 0.05)
    assert (model.score_samples(new) < naive).mean() > 0.15
    found = is_unassigned(model, new, X_train=train, min_robustness=0)
    assert found.mean() < 0.1
    known = is_unassigned(FrozenEstimator(model), new, X_train=two_blobs(2, 4000))
    assert 0.03 < known.mean() < 0.07


def test_unassigned_samples_between_clusters(quick, X):
    model = quick(X, max_epochs=8)
    frozen = FrozenEstimator(model)
    assert is_unassigned(frozen, 10 * X, X_train=X).all()
    q = model.predict_proba(X).max(axis=1)
    n_clusters = model.n_clusters
    robustness = (n_clusters * q - 1) / (n_clusters - 1)
    level = float(np.median(robustness))
    between = is_unassigned(frozen, X, X_train=X, min_robustness=level, quantile=0)
    assert_array_equal(between, robustness < level)
    with pytest.raises(ValueError, match="quantile=2 must be between"):
        is_unassigned(model, X, X_train=X, quantile=2)


def test_two_clusters_have_samples_between_them():
    X = two_blobs(0)
    model = GaussianMixture(2, random_state=0).fit(X)
    middle = X.mean(axis=0)[None]
    assert is_unassigned(model, middle, X_train=X, quantile=0)
    assert not is_unassigned(model, X[:4], X_train=X, quantile=0).any()


def test_left_out_groups_are_whole(capsys):
    X = two_blobs(0, 60)
    groups = np.arange(60) % 3
    model = GaussianMixture(2, random_state=0).fit(X)
    of_ints = is_unassigned(model, X, X_train=X, groups=groups, cv=3, verbose=True)
    assert capsys.readouterr().out.startswith("[is_unassigned] 0 of 3")
    of_splitter = is_unassigned(
        model, X, X_train=X, groups=groups, cv=LeaveOneGroupOut()
    )
    assert_array_equal(of_ints, of_splitter)
    with pytest.raises(
        ValueError, match="n_splits=5 greater than the number of groups"
    ):
        is_unassigned(model, X, X_train=X, groups=groups)
