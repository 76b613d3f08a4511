"""Tests that models in a stack are trained as each would be alone."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn
from torch.nn.utils import parameters_to_vector

from skvaeclust import ConvNetworks, DenseNetworks, PCScaledNoiseAugmenter, RandomInit
from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._model._objective import enumerated_terms
from skvaeclust._model._stack import Reader, as_vector, stack

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.filterwarnings("ignore:No other start agrees")
def test_a_start_is_the_same_in_company(quick, X):
    starts = [np.arange(36) % 3, np.arange(36) // 12, np.arange(36) // 4 % 3]
    params = {"augmenter": PCScaledNoiseAugmenter(2), "max_epochs": 6}
    many = quick(X, init=starts, **params)
    # With equal agreement, the first is trained first, with the first seed.
    alone = quick(X, init=starts[0], **params)
    assert many.starts_["criterion"].nunique() == 3
    assert_array_equal(many.restart_labels_[0], alone.restart_labels_[0])


def make_models(n_models):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks = [DenseNetworks(hidden_features=8).build((5,), 3, 2)] + [
            DenseNetworks(hidden_features=8).build((5,), 3, 2)
            for _ in range(n_models - 1)
        ]
    return [MixtureVAE(network, 3).double() for network in networks]


def test_terms_and_gradients_are_those_of_the_models_alone():
    x = torch.randn(3, 20, 5, generator=torch.Generator().manual_seed(0)).double()
    alone, together = make_models(3), make_models(3)
    terms = [
        enumerated_terms(model.train(), rows)
        for model, rows in zip(alone, x, strict=True)
    ]
    weights = [model.weights() for model in together]
    stack_of_all = MixtureVAE.stack(together, weights).train()
    stack_of_all.read()
    stacked = enumerated_terms(stack_of_all, x)
    for i, one in enumerate(terms):
        torch.testing.assert_close(stacked.per_sample()[:, i], one.per_sample())
        torch.testing.assert_close(stacked.balance[i], one.balance)
    for one in [*terms, stacked]:
        (one.per_sample().sum() + one.balance.sum()).backward()
    for one, (vector,) in zip(alone, weights, strict=True):
        grads = parameters_to_vector([p.grad for p in one.parameters()])
        torch.testing.assert_close(vector.grad, grads)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("temperature", [None, 1.0])
def test_a_restart_is_the_same_in_company(quick, X, seed, temperature):
    params = {
        "init": RandomInit(gumbel_temperature=temperature),
        "random_state": seed,
        "augmenter": PCScaledNoiseAugmenter(2),
        "max_epochs": 8,
    }
    many = quick(X, n_init=4, **params)
    alone = quick(X, n_init=1, **params)  # with the first of these seeds
    assert_array_equal(many.restart_labels_[0], alone.restart_labels_[0])


class SmoothDecoder(DenseNetworks):
    """Networks with another decoder, whose layers can be stacked."""

    def build(self, sample_shape, n_clusters, latent_dim):
        networks = super().build(sample_shape, n_clusters, latent_dim)
        networks.decoder = nn.Sequential(
            nn.Linear(latent_dim, 9, bias=False), nn.Tanh(), nn.Linear(9, *sample_shape)
        )
        return networks


class OtherLayer(SmoothDecoder):
    """Networks with a layer that cannot be stacked, so models are trained in turn."""

    def build(self, sample_shape, n_clusters, latent_dim):
        networks = super().build(sample_shape, n_clusters, latent_dim)
        networks.decoder[1] = nn.Softplus()
        return networks


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (DenseNetworks(hidden_features=8), True),
        (SmoothDecoder(hidden_features=8), True),
        (OtherLayer(hidden_features=8), False),
        (ConvNetworks(channels=(2, 3), hidden_features=4, dropout=(0, 0)), False),
    ],
)
def test_what_can_be_stacked(quick, X, network, expected):
    model = quick(X, network=network, init="random", n_init=2)
    assert model._model.networks.can_stack is expected
    assert model.restart_labels_.shape == (2, len(X))
    assert np.isfinite(model.score(X))


def test_a_layer_that_is_used_twice_is_stacked_twice():
    tanh, linear = nn.Tanh(), nn.Linear(3, 3)
    networks = nn.Sequential(linear, tanh, nn.Sequential(tanh, linear))
    stacked = stack([networks])
    Reader(stacked, networks, [as_vector(networks)]).read()
    x = torch.randn(1, 5, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(stacked(x)[0], networks(x[0]))
