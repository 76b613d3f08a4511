"""Tests of the public interface of the estimator."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skvaeclust import ConvNetworks, PCScaledNoiseAugmenter, RandomInit, VAEClustering
from skvaeclust.datasets import make_idealized_circulations

NARROW = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)
ignore_convergence = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


@pytest.fixture(scope="module", params=["dense", NARROW], ids=["dense", "conv"])
def model(request, quick, X):
    return quick(
        X,
        network=request.param,
        init="random",
        augmenter=PCScaledNoiseAugmenter(2),
        n_init=2,
    )


# Fitted attributes


def test_labels_are_those_of_predict(model, X):
    assert_array_equal(model.labels_, model.predict(X))
    assert_array_equal(model.labels_, model.predict_proba(X).argmax(axis=1))


def test_clusters_are_numbered_by_size(model):
    sizes = np.bincount(model.labels_, minlength=3)
    assert (np.diff(sizes) <= 0).all()
    assert_allclose(model.weights_, sizes / 36)


def test_probabilities_add_up_to_one(model, X):
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (36, 3)
    assert (probabilities >= 0).all()
    assert_allclose(probabilities.sum(axis=1), 1)


def test_shapes(model, X):
    assert model.transform(X).shape == (36, 2)
    assert model.latent_means_.shape == model.latent_variances_.shape == (3, 2)
    assert (model.latent_variances_ > 0).all()
    assert model.cluster_centers_.shape == (3, 2, 8, 9)
    assert model.reconstruct(X).shape == X.shape
    assert model.n_features_in_ == 144


def test_centres_are_decoded_means(model):
    assert_allclose(
        model.inverse_transform(model.latent_means_), model.cluster_centers_
    )


def test_reconstruction_decodes_the_position(model, X):
    assert_allclose(
        model.reconstruct(X), model.inverse_transform(model.transform(X)), atol=1e-5
    )


def test_score_is_the_mean_over_samples(model, X):
    assert model.score(X) == pytest.approx(model.score_samples(X).mean())


def test_score_without_kl_is_the_unexplained_variance(quick, X):
    model = quick(X, gamma_categorical=0, gamma_latent=0, n_clusters=1, max_epochs=8)
    variance = X.reshape(36, -1).var(axis=0, ddof=1).sum()
    # Other samples have a part that the components cannot represent.
    other = X + np.random.default_rng(0).standard_normal(X.shape)
    for fields in (X, other):
        squares = np.square(fields - model.reconstruct(fields)).reshape(36, -1)
        expected = -squares.sum(axis=1) / (2 * variance)
        assert_allclose(model.score_samples(fields), expected)


def test_sample(model):
    X, labels = model.sample(500)
    assert X.shape == (500, 2, 8, 9)
    assert_allclose(np.bincount(labels, minlength=3) / 500, model.weights_, atol=0.1)
    assert_array_equal(model.sample(5)[0], model.sample(5)[0])


def test_restarts(model):
    assert model.restart_labels_.shape == (2, 36)
    assert (model.restart_labels_ == model.labels_).all(axis=1).any()
    others = model.starts_["agreement"].drop(model.starts_["criterion"].idxmin())
    assert model.restart_agreement_ == pytest.approx(others.mean())


def test_one_restart_agrees_with_nothing(quick, X):
    assert np.isnan(quick(X, init="random").restart_agreement_)


def test_loss_curve_names_the_terms(model):
    curve = pd.DataFrame(model.history_)
    assert model.n_iter_ == len(curve) == 4
    assert_array_equal(curve["epoch"], np.arange(4))
    total = (
        curve["reconstruction"]
        + model.gamma_categorical * curve["categorical"]
        + model.gamma_latent * curve["latent"]
        + model.gamma_balance * curve["balance"]
    )
    assert_allclose(curve["loss"], total, rtol=1e-5)


def test_warns_when_not_converged(X):
    # A single cluster: others may be empty after so few epochs, which warns as well.
    with pytest.warns(ConvergenceWarning, match="in 3 epochs.*Try max_epochs=10"):
        model = VAEClustering(1, max_epochs=3).fit(X)
    assert not model.converged_


def test_stops_when_converged(X):
    model = VAEClustering(
        3,
        init=RandomInit(tol=1, n_iter_no_change=9),
        n_init=1,
        max_epochs=40,
        random_state=0,
    )
    model.fit(X)  # and no warning
    assert model.converged_
    assert model.n_iter_ == 20  # no change since the first epoch, and as many again


def test_warns_of_empty_clusters(X):
    model = VAEClustering(
        30,
        init=RandomInit(tol=1),
        n_init=1,
        max_epochs=20,
        gamma_balance=0,
        random_state=0,
    )
    with pytest.warns(ConvergenceWarning, match="of n_clusters=30 clusters are empty"):
        model.fit(X)
    assert (model.weights_ == 0).any()


# Reproducibility, without side effects


@ignore_convergence
@pytest.mark.parametrize("network", ["dense", NARROW])
def test_same_seed_same_bits(quick, X, network):
    params = {"network": network, "augmenter": PCScaledNoiseAugmenter(2), "n_init": 2}
    first, second = quick(X, **params), quick(X, **params)
    assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    other = quick(X, **params, random_state=1)
    assert (first.predict_proba(X) != other.predict_proba(X)).any()


@ignore_convergence
def test_grid_search_gives_the_same_bits_whatever_n_jobs(X):
    def search(n_jobs):
        model = VAEClustering(
            max_epochs=3, n_init=1, random_state=0, augmenter=PCScaledNoiseAugmenter(2)
        )
        grid = {"n_clusters": [2, 3], "augmenter__noise_scale": [0.1, 0.3]}
        return GridSearchCV(model, grid, cv=2, n_jobs=n_jobs).fit(X)

    one, two = search(1), search(2)
    for key in one.cv_results_:
        if key.startswith("split") or key.endswith("test_score"):
            assert_array_equal(one.cv_results_[key], two.cv_results_[key])
    assert_array_equal(one.predict(X), two.predict(X))


def test_global_state_is_untouched(quick, X):
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002
    torch_before, threads = torch.get_rng_state(), torch.get_num_threads()
    for network in ("dense", NARROW):
        quick(X, network=network, random_state=1).sample()
    assert_array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert torch.get_num_threads() == threads


def test_X_and_parameters_are_unchanged(quick, X):
    before, augmenter = X.copy(), PCScaledNoiseAugmenter(2)
    model = quick(X, augmenter=augmenter)
    model.predict(X)
    assert_array_equal(X, before)
    assert model.augmenter is augmenter
    assert not hasattr(augmenter, "mean_")


def test_read_only_input(quick, X):
    X = X.copy()
    X.setflags(write=False)
    Z = quick(X).transform(X)
    Z.setflags(write=False)
    quick(X).inverse_transform(Z)


def test_import_does_not_load_torch():
    code = (
        "import sys, skvaeclust, skvaeclust.datasets; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Composition


@ignore_convergence
def test_augmenter_as_a_step_of_a_pipeline(X):
    rows = X.reshape(36, -1)
    pipeline = make_pipeline(
        PCScaledNoiseAugmenter(2, random_state=0),
        VAEClustering(3, max_epochs=3, n_init=1, random_state=0),
    )
    pipeline.fit(rows)
    assert len(pipeline[-1].labels_) == 3 * 36
    assert_array_equal(pipeline.predict(rows), pipeline[-1].labels_[:36])
    assert pipeline.transform(rows).shape == (36, 2)


class OwnNetworks:
    """Minimal networks: one linear layer each."""

    input_kind = "scores"

    def build(self, sample_shape, n_clusters, latent_dim):
        n_features, two = sample_shape[0], 2 * latent_dim

        class Modules(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.q_k = torch.nn.Linear(n_features, n_clusters)
                self.q_z = torch.nn.Linear(n_features + n_clusters, two)
                self.p_z = torch.nn.Linear(n_clusters, two)
                self.p_x = torch.nn.Linear(latent_dim, n_features)

            def assign(self, x):
                return self.q_k(x)

            def encode(self, x, e):
                x = x[:, None].expand(-1, e.shape[1], -1)
                return self.q_z(torch.cat([x, e], dim=-1)).chunk(2, dim=-1)

            def prior(self, e):
                return self.p_z(e).chunk(2, dim=-1)

            def decode(self, z):
                return self.p_x(z)

        return Modules()


@pytest.mark.parametrize("init", ["auto", "random", RandomInit(gumbel_temperature=1)])
def test_own_networks(quick, X, init):
    model = quick(X, network=OwnNetworks(), init=init)
    assert model.predict(X).shape == (36,)
    assert_array_equal(model.labels_, model.predict(X))


def test_nested_parameters_of_the_networks():
    model = VAEClustering(network=ConvNetworks())
    model.set_params(network__hidden_features=16)
    assert model.network.hidden_features == 16


def test_objective_without_balance(X, circulations):
    model = VAEClustering(3, gamma_balance=0, random_state=0).fit(X)
    assert adjusted_rand_score(circulations[1], model.labels_) == 1


def test_objective_of_the_founding_study(quick, X):
    init = RandomInit(annealing=1, gumbel_temperature=1)
    model = quick(X, init=init, gamma_balance=0)
    last = model.history_[-1]
    assert last["balance"] > 0  # in the history, but not in the loss
    expected = last["reconstruction"] + last["categorical"] / 300 + last["latent"] / 30
    assert last["loss"] == pytest.approx(expected)
    exact = quick(X, init=RandomInit(annealing=1), gamma_balance=0)
    assert exact.history_[-1]["loss"] != last["loss"]


def test_one_cluster(quick, X):
    model = quick(X, n_clusters=1)
    assert (model.labels_ == 0).all()
    assert_allclose(model.predict_proba(X), 1)


def test_silent_by_default(quick, X, capsys):
    quick(X)
    assert capsys.readouterr() == ("", "")


@pytest.mark.filterwarnings("ignore:No other start agrees")
def test_verbose_prints_a_line_now_and_then(quick, X, capsys):
    quick(X, init=RandomInit(tol=0), verbose=1, max_epochs=20, n_init=2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert "36 samples: finding starts" in lines[0]
    assert "restart 2/2, epoch 20: loss 0." in lines[-2]
    assert ", 0 s left at most" in lines[-2]
    assert "kept the restart from 'random " in lines[-1]
    assert "nan" not in lines[-1]


# Quality of the clusters


@pytest.mark.parametrize("seed", range(3))
def test_finds_the_patterns_of_idealized_circulations(seed):
    X, y = make_idealized_circulations(random_state=0, return_X_y=True)
    model = VAEClustering(3, augmenter=PCScaledNoiseAugmenter(), random_state=seed)
    assert adjusted_rand_score(y, model.fit_predict(X)) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_convolutions_find_the_patterns_of_idealized_circulations():
    X, y = make_idealized_circulations(
        height=16, width=16, random_state=0, return_X_y=True
    )
    model = VAEClustering(
        3,
        network=ConvNetworks(channels=(16, 32), hidden_features=64, dropout=(0, 0)),
        augmenter=PCScaledNoiseAugmenter(5),
        random_state=0,
    )
    assert adjusted_rand_score(y, model.fit_predict(X)) > 0.9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.filterwarnings("ignore:No other start agrees")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_starts_agree_where_there_are_clusters_only(X, seed):
    cloud = np.random.default_rng(seed).standard_normal((60, 12))
    found = [
        VAEClustering(3, random_state=seed).fit(data).restart_agreement_
        for data in (X, cloud)
    ]
    assert found[0] > 0.9
    assert found[1] < 0.6


def test_warnings_point_to_the_caller(X):
    with pytest.warns(ConvergenceWarning) as caught:
        VAEClustering(1, max_epochs=3).fit(X)
    assert caught[0].filename == __file__


def test_tensors_are_taken(quick, X):
    model = quick(X)
    tensor = torch.tensor(X, requires_grad=True)
    assert_array_equal(model.predict_proba(tensor), model.predict_proba(X))
