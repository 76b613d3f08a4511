"""Batches, the fading multipliers, and when training stops."""

import math
from dataclasses import replace

import pytest
import torch

from skvaeclust import ConvNetworks
from skvaeclust._networks._model import Model
from skvaeclust._objective import Gammas, LossTerms, enumerated_terms
from skvaeclust._random import Stream
from skvaeclust._training import (
    LAST_LEARNING_RATE,
    Schedule,
    Settings,
    automatic_batch_size,
    batches,
    criterion,
    draw,
)

SETTINGS = Settings(
    gammas=Gammas(categorical=1.0, latent=2.0, balance=3.0),
    annealing=16.0,
    assignment="enumerate",
    temperature=1.0,
    n_copies=2,
    max_epochs=8,
    batch_size=4,
    learning_rate=1e-3,
    tol=0.1,
    n_iter_no_change=3,
)


@pytest.mark.parametrize("n_rows", [2, 3, 9, 10, 11, 97])
@pytest.mark.parametrize("batch_size", [2, 3, 10, 500])
def test_batches_hold_every_row_once_and_never_one_alone(n_rows, batch_size):
    parts = batches(n_rows, batch_size, Stream(0))
    assert sorted(torch.cat(parts).tolist()) == list(range(n_rows))
    sizes = [len(part) for part in parts]
    assert min(sizes) >= 2
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= max(batch_size, 3)


def test_automatic_batches_stay_in_bounds():
    sizes = [automatic_batch_size(n) for n in (2, 100, 990, 10**6)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 16


def follow(schedule, changes):
    """Gammas and learning rates of every epoch, given which of them change labels."""
    labels, gammas, rates = torch.zeros(5), [], []
    for change in changes:
        if schedule.finished:
            break
        gammas.append(schedule.gammas)
        rates.append(schedule.learning_rate)
        labels = labels + change
        schedule.advance(labels)
    return gammas, rates


def test_multipliers_fall_geometrically_to_their_values():
    gammas, rates = follow(Schedule(SETTINGS), [True] * 20)
    assert [g.latent for g in gammas] == pytest.approx([32, 16, 8, 4, 2, 2, 2, 2])
    assert [g.balance for g in gammas[:5]] == pytest.approx([768, 192, 48, 12, 3])
    assert {g.categorical for g in gammas} == {1}
    shares = [rate / SETTINGS.learning_rate for rate in rates]
    assert shares[:5] == [1] * 5
    assert shares[4:] == sorted(shares[4:], reverse=True)
    assert LAST_LEARNING_RATE < shares[-1] < 0.25


def test_search_ends_when_labels_stay_and_refinement_is_as_long():
    settings = replace(SETTINGS, max_epochs=30)
    schedule = Schedule(settings)
    gammas, _ = follow(schedule, [True, True, False, False, False] + [False] * 20)
    assert len(gammas) == 10
    assert [g.latent == 2 for g in gammas] == [False] * 5 + [True] * 5
    assert schedule.settled


def test_labels_that_keep_changing_have_not_settled():
    schedule = Schedule(SETTINGS)
    gammas, _ = follow(schedule, [False, True, False] * 10)
    assert len(gammas) == SETTINGS.max_epochs
    assert not schedule.settled


def test_tol_is_the_share_of_labels_that_may_change():
    schedule = Schedule(SETTINGS)  # tol = 0.1
    counts = []
    for n_ones in (0, 1, 3, 6, 7):  # of 20: changes of 5, 10, 15 and 5 per cent
        schedule.advance(torch.arange(20) < n_ones)
        counts.append(schedule.n_no_change)
    assert counts == [0, 1, 2, 0, 1]


def test_restarts_are_judged_by_crisp_clusters_and_little_use_of_z():
    values = {"reconstruction": 0.5, "categorical": 0.2, "latent": 0.1, "balance": 0.3}
    terms = LossTerms(**{name: torch.tensor(x) for name, x in values.items()})
    objective = 0.5 + 1.0 * 0.2 + 2.0 * 0.1 + 3.0 * 0.3
    expected = objective + 2 * (2.0 * 0.1) + (math.log(4) - 0.2) / 2
    assert criterion(terms, SETTINGS.gammas, 4) == pytest.approx(expected)


def test_noise_is_for_the_copies_only():
    x, factor = torch.arange(6.0).reshape(3, 2), torch.ones(1, 2)
    batch = draw(x, factor, torch.arange(9), Stream(0))
    assert torch.equal(batch[:3], x)
    noise = batch[3:] - x.repeat(2, 1)
    assert (noise != 0).all()
    assert torch.allclose(noise[:, 0], noise[:, 1], atol=1e-6)


def test_land_has_no_part_in_the_loss():
    networks = ConvNetworks(channels=(3, 4), hidden_features=6, code_features=5)
    modules = networks.build((2, 5, 6), 2, 2)
    mask = torch.ones(2, 5, 6)
    mask[:, :2, :3] = 0
    model = Model(modules, 2, mask).eval()
    x = torch.randn(4, 2, 5, 6) * mask
    decoded = model.decode(torch.randn(3, 4, 2))
    assert decoded.shape == (3, 4, 2, 5, 6)
    assert (decoded[..., :2, :3] == 0).all()
    loss = enumerated_terms(model, x).reconstruction.sum()
    bias = modules.decoder[-1].bias
    (slope,) = torch.autograd.grad(loss, bias)
    # The decoder's last bias moves every point of a channel alike: the slope sums the
    # residuals at sea only.
    q = model.log_assignment(x).exp()[..., None, None, None]
    mean, _ = model.encode(x, model.codes[None])
    residual = q * mask * (model.decode(mean) - x[:, None])
    expected = residual.sum((0, 1, 3, 4)) / modules.point_scale
    torch.testing.assert_close(slope, expected)
