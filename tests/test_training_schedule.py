"""Tests of multipliers, learning rates and the end of training, epoch by epoch."""

from dataclasses import replace

import pytest
import torch

from skvaeclust._model._objective import Gammas
from skvaeclust._training._schedule import (
    LAST_LEARNING_RATE,
    REFINEMENT_EPOCHS,
    SUPERVISED_EPOCHS,
    SearchSchedule,
    Settings,
    StartSchedule,
    epochs_from_start,
    n_batches,
)

SETTINGS = Settings(
    n_clusters=3,
    latent_dim=2,
    gammas=Gammas(categorical=1.0, latent=2.0, balance=3.0),
    max_epochs=8,
    batch_size=4,
    learning_rate=1e-3,
    annealing=16.0,
    tol=0.1,
    n_iter_no_change=3,
)


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
    gammas, rates = follow(SearchSchedule(SETTINGS), [True] * 20)
    assert [g.latent for g in gammas] == pytest.approx([32, 16, 8, 4, 2, 2, 2, 2])
    assert [g.balance for g in gammas[:5]] == pytest.approx([768, 192, 48, 12, 3])
    assert {g.categorical for g in gammas} == {1}
    shares = [rate / SETTINGS.learning_rate for rate in rates]
    assert shares[:5] == [1] * 5
    assert shares[4:] == sorted(shares[4:], reverse=True)
    assert LAST_LEARNING_RATE < shares[-1] < 0.25


def test_search_ends_when_labels_stay_and_refinement_is_as_long():
    settings = replace(SETTINGS, max_epochs=30)
    schedule = SearchSchedule(settings)
    gammas, _ = follow(schedule, [True, True, False, False, False] + [False] * 20)
    assert len(gammas) == 10
    assert [g.latent == 2 for g in gammas] == [False] * 5 + [True] * 5
    assert schedule.settled


def test_labels_that_keep_changing_have_not_settled():
    schedule = SearchSchedule(SETTINGS)
    gammas, _ = follow(schedule, [False, True, False] * 10)
    assert len(gammas) == SETTINGS.max_epochs
    assert not schedule.settled


def test_tol_is_the_share_of_labels_that_may_change():
    schedule = SearchSchedule(SETTINGS)  # tol = 0.1
    counts = []
    for n_ones in (0, 1, 3, 6, 7):  # of 20: changes of 5, 10, 15 and 5 per cent
        schedule.advance(torch.arange(20) < n_ones)
        counts.append(schedule.n_no_change)
    assert counts == [0, 1, 2, 0, 1]


def test_from_a_start_multipliers_are_final_and_the_rate_falls_in_the_refinement():
    settings = replace(SETTINGS, max_epochs=10, n_supervised=4)
    schedule = StartSchedule(settings)
    phases = []
    labels = torch.zeros(5)
    rates = []
    while not schedule.finished:
        phases.append(schedule.phase)
        assert schedule.supervised is (schedule.phase == "supervised")
        assert schedule.gammas == settings.gammas
        rates.append(schedule.learning_rate / settings.learning_rate)
        schedule.advance(labels)
    assert phases == ["supervised"] * 4 + ["refinement"] * 6
    assert rates[:5] == [1] * 5
    assert (torch.tensor(rates[4:]).diff() < 0).all()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([True] * 8 + [False] * 2, True),  # the last third of six epochs of refinement
        ([True] * 9 + [False], False),
        ([False] * 9 + [True], False),
    ],
)
def test_from_a_start_the_last_third_decides_whether_it_converged(changes, expected):
    schedule = StartSchedule(replace(SETTINGS, max_epochs=10, n_supervised=4))
    gammas, _ = follow(schedule, changes)
    assert len(gammas) == 10  # never ends early
    assert schedule.converged is expected


def test_too_short_a_refinement_has_not_converged():
    schedule = StartSchedule(replace(SETTINGS, max_epochs=3, n_supervised=2))
    follow(schedule, [False] * 3)
    assert not schedule.converged


@pytest.mark.parametrize("n_rows", [40, 990, 20_000])
def test_epochs_from_a_start(n_rows):
    total, supervised = epochs_from_start("auto", n_rows, 64)
    assert supervised >= SUPERVISED_EPOCHS
    assert total - supervised >= REFINEMENT_EPOCHS
    if n_rows == 40:  # one step per epoch: as many steps as epochs
        assert total > 200
    assert epochs_from_start(7, n_rows, 64) == (7, 4)


@pytest.mark.parametrize(("n_rows", "size", "n"), [(9, 3, 3), (3, 2, 1), (2, 9, 1)])
def test_batches_of_more_than_one_row(n_rows, size, n):
    assert n_batches(n_rows, size) == n
