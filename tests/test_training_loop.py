"""Tests of batches, supervised epochs, and the choice of a restart."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from skvaeclust import ConvNetworks, DenseNetworks
from skvaeclust._agreement import pairwise_agreement
from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._model._objective import (
    Gammas,
    LossTerms,
    enumerated_terms,
    supervised_terms,
)
from skvaeclust._model._random import Stream
from skvaeclust._training._criterion import penalised_objective, restart_criteria
from skvaeclust._training._loop import Restart, batches, select
from skvaeclust._training._schedule import (
    MOST_BATCHES,
    StartSchedule,
    automatic_batch_size,
)


@pytest.mark.parametrize("n_rows", [2, 3, 9, 10, 11, 97])
@pytest.mark.parametrize("batch_size", [2, 3, 10, 500])
def test_batches_hold_every_row_once_and_never_one_alone(n_rows, batch_size):
    parts = batches(n_rows, batch_size, Stream(0))
    rows = torch.cat(parts)
    assert len(rows) == len(rows.unique()) == min(n_rows, MOST_BATCHES * batch_size)
    sizes = [len(part) for part in parts]
    assert min(sizes) >= 2
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= max(batch_size, 3)


def test_an_epoch_of_many_rows_is_a_random_part_of_them():
    parts = batches(10_000, 20, Stream(0))
    rows = torch.cat(parts)
    assert len(parts) == MOST_BATCHES
    assert len(rows) == MOST_BATCHES * 20 == len(rows.unique())
    assert rows.double().mean().item() == pytest.approx(5000, rel=0.1)


@pytest.mark.parametrize("from_start", [True, False])
def test_automatic_batches_stay_in_bounds(from_start):
    sizes = [automatic_batch_size(n, from_start) for n in (2, 100, 990, 10**6)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 16


def test_noise_is_for_the_copies_only():
    x, factor = torch.arange(6.0).reshape(3, 2), torch.ones(1, 2)
    batch = select(x, factor, torch.arange(9), Stream(0))
    assert torch.equal(batch[:3], x)
    noise = batch[3:] - x.repeat(2, 1)
    assert (noise != 0).all()
    assert torch.allclose(noise[:, 0], noise[:, 1], atol=1e-6)


def test_land_has_no_part_in_the_loss():
    networks = ConvNetworks(channels=(3, 4), hidden_features=6, code_features=5)
    modules = networks.build((2, 5, 6), 2, 2)
    mask = torch.ones(2, 5, 6)
    mask[:, :2, :3] = 0
    model = MixtureVAE(modules, 2, mask).eval()
    x = torch.randn(4, 2, 5, 6) * mask
    decoded = model.decode(torch.randn(3, 4, 2))
    assert decoded.shape == (3, 4, 2, 5, 6)
    assert (decoded[..., :2, :3] == 0).all()
    loss = enumerated_terms(model, x).reconstruction.sum()
    bias = modules.decoder[-1].bias
    (slope,) = torch.autograd.grad(loss, bias)
    # The decoder's last bias moves every point of a channel alike: the slope sums the
    # residuals at valid points only.
    q = model.log_assignment(x).exp()[..., None, None, None]
    mean, _ = model.encode(x, model.codes[None])
    residual = q * mask * (model.decode(mean) - x[:, None])
    expected = residual.sum((0, 1, 3, 4)) / modules.point_scale
    torch.testing.assert_close(slope, expected)


# Supervised epochs


@pytest.mark.parametrize("fixed", [False, True])
def test_supervised_epochs_give_copies_the_labels_of_their_samples(fixed):
    x = torch.arange(6.0).reshape(3, 2)
    copies = torch.cat([x, 100 + x, 200 + x])  # two of each, made once
    targets = torch.tensor([7, 8, 9])
    settings = SimpleNamespace(n_supervised=1, max_epochs=2, tol=0.01)
    schedule = StartSchedule(settings, fixed)
    restart = Restart(0, None, x, copies, None, Stream(0), schedule, targets)
    rows, labels = restart.select(torch.arange(9))
    assert torch.equal(rows, copies)
    assert labels.tolist() == [7, 8, 9] * 3
    restart.schedule.advance(torch.zeros(3))
    rows, labels = restart.select(torch.tensor([4]))
    assert torch.equal(rows, copies[4:5])
    assert labels.tolist() == [8] if fixed else labels is None


def small_model(n_clusters=3):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks = DenseNetworks(hidden_features=8).build((5,), n_clusters, 2)
        x = torch.randn(20, 5, dtype=torch.float64)
    return MixtureVAE(networks, n_clusters).double().eval(), x


def test_supervised_terms_follow_the_labels():
    model, x = small_model()
    labels = torch.arange(20) % 3
    terms, cross_entropy = supervised_terms(model, x, labels, None)
    log_q = model.log_assignment(x)
    rows = torch.arange(20)
    torch.testing.assert_close(cross_entropy, -log_q[rows, labels])
    mean, _ = model.encode(x, model.codes[None])
    decoded = model.decode(mean[rows, labels])
    expected = 0.5 * (decoded - x).square().sum(-1)
    torch.testing.assert_close(terms.reconstruction, expected)


def test_a_few_codes_are_enough_where_the_others_are_improbable():
    model, x = small_model(6)
    exact = enumerated_terms(model, x)
    six = enumerated_terms(model, x, n_codes=6)
    torch.testing.assert_close(six.per_sample(), exact.per_sample())
    with torch.no_grad():
        model.networks.assignment[-1].weight.mul_(1e4)  # crisp
    exact, few = enumerated_terms(model, x), enumerated_terms(model, x, n_codes=3)
    left_out = 1 - model.log_assignment(x).exp().topk(3).values.sum(-1)
    assert left_out.max() < 1e-3
    error = (few.reconstruction - exact.reconstruction).abs() / exact.reconstruction
    assert (error <= 10 * left_out + 1e-9).all()


# Choice of a restart

GAMMAS = Gammas(categorical=1.0, latent=2.0, balance=3.0)


def test_the_criterion_prefers_crisp_clusters_and_little_use_of_z():
    terms = LossTerms(reconstruction=0.5, categorical=0.2, latent=0.1, balance=0.3)
    objective = 0.5 + 1.0 * 0.2 + 2.0 * 0.1 + 3.0 * 0.3
    expected = objective + 2 * (2.0 * 0.1) + (math.log(4) - 0.2) / 2
    assert penalised_objective(terms, GAMMAS, 4) == pytest.approx(expected)


def test_the_criterion_prefers_what_others_find_too():
    labels = np.array([[0, 0, 0, 1, 1, 1], [0, 1, 0, 1, 0, 1], [1, 1, 1, 0, 0, 0]])
    agreement = pairwise_agreement(labels)
    odd = adjusted_rand_score(labels[0], labels[1])
    # The weight of the mean agreement is 1/2: (1 + odd) / 2 against odd.
    lead = 0.5 * ((1 + odd) / 2 - odd)
    assert np.argmin(restart_criteria([0.3, 0.3 - 0.9 * lead, 0.31], agreement)) == 0
    assert np.argmin(restart_criteria([0.3, 0.3 - 1.1 * lead, 0.31], agreement)) == 1


def test_the_criterion_never_keeps_what_diverged():
    labels = np.zeros((3, 6), dtype=int)
    criteria = restart_criteria([math.nan, 0.3, math.inf], pairwise_agreement(labels))
    assert criteria.tolist() == [math.inf, pytest.approx(0.3 - 0.5), math.inf]
    assert restart_criteria([0.3], pairwise_agreement(labels[:1])) == [0.3]
