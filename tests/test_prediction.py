"""Tests of BatchNorm statistics after training, and of prediction in chunks."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from skvaeclust import ConvNetworks, DenseNetworks
from skvaeclust._model._conv import Dropout
from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._prediction import normalisations, set_exact_statistics

NARROW = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_statistics_are_those_of_the_samples(quick, X, network):
    model = quick(X, network=network)
    modules = model._model.networks
    x = torch.tensor(model._model.representation.encode(X.reshape(36, -1)))
    layers = normalisations(modules, x)
    n_layers = sum(
        isinstance(m, nn.modules.batchnorm._BatchNorm) for m in modules.modules()
    )
    assert len(layers) == n_layers > 0
    seen = {}
    for layer in layers:
        layer.register_forward_hook(lambda m, inputs, _: seen.update({m: inputs[0]}))
    with torch.no_grad():
        modules.log_assignment(x)
        modules.encode(x, modules.codes[None])
    # Except for the decoder, whose input is noisy.
    assert len(seen) > 2
    for layer, inputs in seen.items():
        rows = inputs.movedim(1, -1).flatten(0, -2)
        assert_allclose(layer.running_mean, rows.mean(0), atol=1e-5)
        assert_allclose(
            layer.running_var, rows.var(0, correction=0), rtol=1e-3, atol=1e-6
        )


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_prediction_in_chunks_is_prediction(quick, X, network, monkeypatch):
    model = quick(X, network=network)
    whole = model.predict_proba(X), model.reconstruct(X), model.score_samples(X)
    monkeypatch.setattr("skvaeclust._prediction.CHUNK_SIZE", 500)
    parts = model.predict_proba(X), model.reconstruct(X), model.score_samples(X)
    for one, other in zip(whole, parts, strict=True):
        assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_training_statistics_do_not_depend_on_chunks(quick, X, monkeypatch):
    whole = quick(X).predict_proba(X)
    monkeypatch.setattr("skvaeclust._prediction.CHUNK_SIZE", 500)
    assert np.abs(quick(X).predict_proba(X) - whole).max() < 0.05


@pytest.mark.parametrize("seed", range(3))
def test_statistics_of_the_decoder_include_the_noise_of_z(seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = DenseNetworks(hidden_features=8).build((5,), 3, 2)
        x = torch.randn(3000, 5)
    with torch.no_grad():
        networks.head.head[-1].bias[2:] += 3.0  # variances of z of about 1
        model = MixtureVAE(networks, 3).eval()
        set_exact_statistics(model, x)
        (first, layer, *_), *_ = networks.decoder
        matrix = first.weight
        encoded = model.encode(x, model.codes[None])
        mean, log_var = (out.flatten(0, 1) for out in encoded)
        without = (mean @ matrix.T).var(0, correction=0)
        noise = log_var.exp().mean(0) @ matrix.square().T
    assert_allclose(layer.running_var, without + noise, rtol=0.2)
    assert (without < 0.7 * (without + noise)).all()  # the test can fail


def test_position_is_the_mean_over_the_clusters(quick, X):
    model = quick(X)
    modules = model._model.networks
    x = torch.tensor(model._model.representation.encode(X.reshape(36, -1)))
    q = torch.tensor(model._model.log_assignment(X.reshape(36, -1))).exp()
    by_cluster = [
        q[:, k, None] * modules.encode(x, modules.codes[None, k : k + 1])[0][:, 0]
        for k in range(3)
    ]
    assert_allclose(model.transform(X), sum(by_cluster))


def test_fitted_model_holds_no_generator(quick, X):
    # A generator of a GPU could not be unpickled without one.
    modules = quick(X, network=NARROW)._model.networks.modules()
    dropouts = [module for module in modules if isinstance(module, Dropout)]
    assert [dropout.generator for dropout in dropouts] == [None, None]
