"""Tests of the terms of the objective against closed forms."""

import math

import pytest
import torch
from torch.distributions import Categorical, Independent, Normal, kl_divergence
from torch.testing import assert_close

from skvaeclust._model import DenseNetworks
from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._model._objective import (
    Gammas,
    LossTerms,
    balance,
    enumerated_terms,
    gaussian_kl,
    gumbel_softmax,
    sampled_terms,
    uniform_kl,
)
from skvaeclust._model._random import Stream


@pytest.fixture
def stream():
    return Stream(0)


@pytest.fixture
def x(stream):
    return stream.normal((12, 5))


@pytest.fixture
def model():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks = DenseNetworks(hidden_features=8).build((5,), 3, 2)
    return MixtureVAE(networks, 3).eval()


@pytest.fixture
def log_q(stream):
    return stream.normal((12, 3)).log_softmax(-1)


def test_gaussian_kl(stream):
    mean, log_var, prior_mean, prior_log_var = stream.normal((4, 7, 2))
    q = Independent(Normal(mean, (log_var / 2).exp()), 1)
    p = Independent(Normal(prior_mean, (prior_log_var / 2).exp()), 1)
    kl = gaussian_kl(mean, log_var, prior_mean, prior_log_var)
    assert_close(kl, kl_divergence(q, p))


def test_uniform_kl(log_q):
    uniform = Categorical(logits=torch.zeros_like(log_q))
    assert_close(uniform_kl(log_q), kl_divergence(Categorical(logits=log_q), uniform))


def test_mean_divergence_is_mutual_information_plus_balance(log_q):
    mean = log_q.exp().mean(0)
    information = (log_q.exp() * (log_q - mean.log())).sum(-1).mean()
    assert_close(uniform_kl(log_q).mean(), information + balance(log_q))


def test_balance_of_one_full_cluster():
    log_q = torch.tensor([[0.0, -80.0, -80.0]]).expand(4, 3)
    assert_close(balance(log_q), torch.tensor(math.log(3)))


def test_enumerated_terms_are_the_sum_over_clusters(model, x):
    terms = enumerated_terms(model, x)
    q = model.log_assignment(x).exp()
    reconstruction, latent = 0, 0
    for k in range(3):
        e = torch.eye(3)[None, k : k + 1]
        mean, log_var = (out[:, 0] for out in model.encode(x, e))
        error = (x - model.decode(mean)).square().sum(-1) / 2
        reconstruction += q[:, k] * error
        prior = (out[0] for out in model.prior(e))
        latent += q[:, k] * gaussian_kl(mean, log_var, *prior)
    assert_close(terms.reconstruction, reconstruction)
    assert_close(terms.latent, latent)
    assert_close(terms.categorical, uniform_kl(q.log()))


def test_gumbel_samples_follow_the_assignment(stream):
    log_q = torch.tensor([0.6, 0.3, 0.1]).log().expand(20_000, 3)
    e = gumbel_softmax(log_q, 0.01, stream)
    assert_close(e.sum(-1), torch.ones(20_000))
    assert_close(e.mean(0), log_q[0].exp(), atol=0.02, rtol=0)


def test_cold_samples_agree_with_enumeration_in_the_mean(model, x, stream):
    many = x[:1].expand(4000, -1)
    sampled = sampled_terms(model, many, 0.01, stream).mean()
    exact = enumerated_terms(model, many, stream).mean()
    assert_close(sampled.reconstruction, exact.reconstruction, rtol=0.05, atol=0)
    assert_close(sampled.latent, exact.latent, rtol=0.05, atol=0.01)


def test_total_weighs_each_term():
    terms = LossTerms(*torch.tensor([1.0, 2.0, 3.0, 4.0]))
    gammas = Gammas(categorical=10, latent=100, balance=1000)
    assert terms.total(gammas).item() == 1 + 20 + 300 + 4000


class LinearNetworks(torch.nn.Module):
    """Networks with fixed distributions and a linear decoder."""

    matrix = torch.tensor([[2.0, 0.0, 1.0], [0.0, -1.0, 1.0]])

    def assign(self, x):
        return torch.zeros(len(x), 2)

    def encode(self, x, e):
        mean = torch.tensor([[0.3, -0.2], [1.0, 0.5]])
        variance = torch.tensor([[0.5, 0.1], [0.2, 2.0]])
        return tuple((e @ out) for out in (mean, variance.log()))

    def prior(self, e):
        return torch.zeros(*e.shape[:-1], 2), torch.zeros(*e.shape[:-1], 2)

    def decode(self, z):
        return z @ self.matrix


def test_noise_of_z_adds_its_decoded_variance(stream):
    # E |x - W z|^2 = |x - W mu|^2 + trace(W diag(sigma^2) W^T)
    model, x = MixtureVAE(LinearNetworks(), 2), torch.zeros(100_000, 3)
    exact = enumerated_terms(model, x[:1]).reconstruction
    noisy = enumerated_terms(model, x, stream).reconstruction.mean(0, keepdim=True)
    _, log_var = LinearNetworks().encode(x[:1], torch.eye(2))
    squares = LinearNetworks.matrix.square().sum(1)
    added = (log_var.exp() @ squares).mean() / 2
    assert_close(noisy - exact, added[None], rtol=0.02, atol=0)


def test_warm_samples_are_soft(stream):
    log_q = torch.zeros(1000, 3).log_softmax(-1)
    peaks = [
        gumbel_softmax(log_q, temperature, stream).max(-1).values.mean()
        for temperature in (0.1, 1.0, 100.0)
    ]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] > 0.9
    assert_close(peaks[-1], torch.tensor(1 / 3), atol=0.02, rtol=0)
