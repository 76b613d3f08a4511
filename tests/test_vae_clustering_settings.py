"""Tests of the parameters of the estimator and of its fitted attributes."""

from itertools import combinations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skvaeclust import (
    ConvNetworks,
    DenseNetworks,
    PCScaledNoiseAugmenter,
    RandomInit,
    VAEClustering,
)

NARROW = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)
ignore_convergence = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


class LinearNetworks(DenseNetworks):
    """Dense networks with a linear q(k|x) and a linear p(x|z)."""

    def build(self, sample_shape, n_clusters, latent_dim):
        modules = super().build(sample_shape, n_clusters, latent_dim)
        modules.assignment = torch.nn.Linear(sample_shape[0], n_clusters)
        modules.decoder = torch.nn.Linear(latent_dim, sample_shape[0])
        return modules


# Settings

SETTINGS = [
    {},
    {"augmenter__noise_scale": 0.5},
    {"augmenter__n_copies": 3},
    {"augmenter__n_components": 2},
    {"augmenter": None},
    {"init__gumbel_temperature": 1.0},
    {"init__gumbel_temperature": 0.2},
    {"gamma_categorical": 0.5},
    {"gamma_latent": 0.5},
    {"gamma_balance": 0.5},
    {"init__annealing": 2},
    {"batch_size": 7},
    {"learning_rate": 1e-4},
    {"random_state": 1},
    {"init": "auto"},
    {"init": np.arange(36) % 3},
]


@ignore_convergence
def test_every_setting_has_an_effect(X):
    base = VAEClustering(
        3,
        init=RandomInit(),
        augmenter=PCScaledNoiseAugmenter(2),
        max_epochs=2,
        n_init=1,
        batch_size=20,
        random_state=0,
    )
    outputs = [
        clone(base).set_params(**setting).fit(X).predict_proba(X)
        for setting in SETTINGS
    ]
    for i, j in combinations(range(len(SETTINGS)), 2):
        assert (outputs[i] != outputs[j]).any(), f"{SETTINGS[i]} and {SETTINGS[j]}"


def test_scores_use_the_parameters_of_the_fit(quick, X):
    model = quick(X)
    scores = model.score_samples(X)
    model.set_params(gamma_categorical=7.0, gamma_latent=9.0)
    assert_array_equal(model.score_samples(X), scores)
    assert model.score(X) == scores.mean()


def test_random_is_the_default_random_init(quick, X):
    name, instance = quick(X, init="random"), quick(X, init=RandomInit())
    assert_array_equal(name.predict_proba(X), instance.predict_proba(X))


@pytest.mark.parametrize(
    "params",
    [
        {"annealing": 0.5},
        {"gumbel_temperature": 0},
        {"tol": -1},
        {"n_iter_no_change": 0},
    ],
)
def test_bad_settings_of_random_init_are_named(X, params):
    (name,) = params
    with pytest.raises(ValueError, match=f"'{name}' parameter of RandomInit"):
        VAEClustering(3, init=RandomInit(**params)).fit(X)


def test_dropout_is_at_work_in_training(quick, X):
    without = clone(NARROW).set_params(dropout=(0.0, 0.0))
    fits = [quick(X, network=network, max_epochs=1) for network in (NARROW, without)]
    assert (fits[0].predict_proba(X) != fits[1].predict_proba(X)).any()


def test_tol_decides_when_training_has_converged(quick, X):
    early, late = (
        quick(X, init=RandomInit(tol=tol, n_iter_no_change=3), max_epochs=10)
        for tol in (1.0, 0.0)
    )
    assert early.n_iter_ == 8  # no change after epochs 2 to 4, and as many again
    assert late.n_iter_ > 8


def test_restarts_differ(quick):
    X = np.random.default_rng(0).standard_normal((40, 6))
    model = quick(X, init="random", n_init=2, max_epochs=1)
    assert model.restart_agreement_ < 1


@ignore_convergence
def test_augmenter_tuned_inside_a_pipeline(X):
    vae = VAEClustering(
        2, augmenter=PCScaledNoiseAugmenter(1), max_epochs=2, n_init=1, random_state=0
    )
    pipeline = Pipeline([("scale", StandardScaler()), ("vae", vae)])
    grid = {"vae__augmenter__noise_scale": [0.0, 0.5], "vae__n_clusters": [2, 3]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X.reshape(36, -1))
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert len(set(scores)) == 4


# Scores, records and samples


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_score_counts_points_valid_only(quick, X, network):
    X = X.copy()
    X[:, :, :3, 2:6] = np.nan
    model = quick(X, network=network, gamma_categorical=0, gamma_latent=0, n_clusters=1)
    valid = ~np.isnan(X[0])
    rows, rebuilt = X[:, valid], model.reconstruct(X)[:, valid]
    variance = rows.var(axis=0, ddof=1).sum()
    expected = -np.square(rows - rebuilt).sum(axis=1) / (2 * variance)
    assert_allclose(model.score_samples(X), expected, rtol=1e-4)


def test_multipliers_weigh_the_terms_of_the_score(quick, X):
    model, scores = quick(X), {}
    for gammas in [(0, 0), (1, 0), (0, 1), (2, 3)]:
        model._gammas = gammas
        scores[gammas] = model.score_samples(X)
    q = np.exp(model._model.log_assignment(X.reshape(len(X), -1)))
    categorical = scores[0, 0] - scores[1, 0]
    assert_allclose(categorical, (q * np.log(3 * q)).sum(axis=1))
    latent = scores[0, 0] - scores[0, 1]
    assert (latent > 0).all()
    assert_allclose(scores[0, 0] - scores[2, 3], 2 * categorical + 3 * latent)


def test_loss_curve_is_a_mean_over_samples(quick, X):
    # Weights that hardly move, and batches of unequal sizes.
    model = quick(
        X, network=LinearNetworks(), max_epochs=1, learning_rate=1e-12, batch_size=5
    )
    q = model.predict_proba(X)
    categorical = (q * np.log(3 * q)).sum(axis=1).mean()
    assert model.history_[0]["categorical"] == pytest.approx(categorical, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_samples_scatter_as_the_clusters_say(quick, X, seed):
    # Where the decoder is linear, positions can be found again in the fields.
    model = quick(X, network=LinearNetworks(), max_epochs=1, random_state=seed)
    origin, *axes = model.inverse_transform([[0, 0], [1, 0], [0, 1]]).reshape(3, -1)
    fields, labels = model.sample(6000)
    Z = (fields.reshape(6000, -1) - origin) @ np.linalg.pinv(np.array(axes) - origin)
    shares = np.bincount(labels, minlength=3) / 6000
    assert_allclose(shares, model.weights_, atol=0.03)
    for k in np.flatnonzero(model.weights_ > 0.1):
        mean, variance = model.latent_means_[k], model.latent_variances_[k]
        of_k = Z[labels == k]
        error = 5 * np.sqrt(variance / len(of_k))
        assert (np.abs(of_k.mean(axis=0) - mean) < error).all()
        assert_allclose(of_k.var(axis=0), variance, rtol=0.3)
