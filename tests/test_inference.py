"""Statistics after training, and prediction in chunks."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from skvaeclust import ConvNetworks
from skvaeclust._inference import normalisations

NARROW = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_statistics_are_those_of_the_samples(quick, X, network):
    model = quick(X, network=network)
    modules = model._model
    x = torch.tensor(model._representation.encode(X.reshape(36, -1)))
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
    # All but the decoder's, which sees noise.
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
    monkeypatch.setattr("skvaeclust._inference.CHUNK_SIZE", 500)
    parts = model.predict_proba(X), model.reconstruct(X), model.score_samples(X)
    for one, other in zip(whole, parts, strict=True):
        assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_training_statistics_do_not_depend_on_chunks(quick, X, monkeypatch):
    whole = quick(X).predict_proba(X)
    monkeypatch.setattr("skvaeclust._inference.CHUNK_SIZE", 500)
    assert np.abs(quick(X).predict_proba(X) - whole).max() < 0.05
