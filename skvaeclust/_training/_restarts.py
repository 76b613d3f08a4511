"""Training and evaluation of restarts."""

import time
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.utils import check_random_state

from skvaeclust._components import few
from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._model._random import Stream
from skvaeclust._prediction import freeze, mean_terms, set_dropout_generator
from skvaeclust._training._criterion import penalised_objective
from skvaeclust._training._loop import Restart, train
from skvaeclust._training._schedule import SearchSchedule, StartSchedule
from skvaeclust._training._starts import find_starts

LARGEST_STACK = 10  # larger stacks do not fit into the CPU caches
PATIENCE = 3.0  # seconds within which a second Ctrl-C is not caught
_last_interrupt = -PATIENCE


@dataclass(frozen=True)
class RestartPlan:
    """Seed and labels of a restart to be trained.

    ``labels`` are those of the samples; None for random weights. Training keeps them
    if ``fixed`` is True.
    """

    seed: int
    labels: torch.Tensor | None = None
    fixed: bool = False


@dataclass
class TrainedRestart:
    """A trained restart: model, labels, objective and history."""

    networks: MixtureVAE
    labels: np.ndarray
    objective: float
    history: list
    converged: bool
    interrupted: bool = False


def plan_restarts(init, scores, n_clusters, n_init, random_state):
    """Plan the restarts: one for each trained start, or `n_init` from random weights.

    Parameters
    ----------
    init : "auto", RandomInit, labels, list of labels, or object with ``starts``
    scores : ndarray of shape (n_samples, n_components)
        Principal-component scores, in decreasing order of variance.
    n_clusters, n_init : int
    random_state : int, RandomState or None

    Returns
    -------
    starts : Starts or None
        None for random weights.
    plans : list of RestartPlan
    """
    rng = check_random_state(random_state)
    starts = find_starts(init, scores, n_clusters, n_init, rng)
    if starts is None:
        labels, fixed = [None] * n_init, False
    else:
        labels = [torch.from_numpy(starts.labels[i]) for i in starts.trained]
        fixed = starts.fixed
    rng = check_random_state(random_state)  # an int gives the same numbers again
    seeds = rng.randint(np.iinfo(np.int32).max, size=len(labels)).tolist()
    return starts, [
        RestartPlan(seed, of_one, fixed)
        for seed, of_one in zip(seeds, labels, strict=True)
    ]


def prepare(number, problem, plan):
    """Prepare a restart for training."""
    stream = Stream(plan.seed, problem.device)
    model = MixtureVAE.build(
        problem.network,
        problem.x.shape[1:],
        problem.settings.n_clusters,
        problem.settings.latent_dim,
        plan.seed,
        problem.mask,
    ).to(problem.device)
    set_dropout_generator(model, stream.generator)
    if plan.labels is None:
        labels, schedule = None, SearchSchedule(problem.settings)
    else:
        labels = plan.labels.to(problem.device)
        schedule = StartSchedule(problem.settings, plan.fixed)
    return Restart(number, model, *problem.data, stream, schedule, labels)


def finish(restart, problem, interrupted=False):
    """Evaluate a trained model, with clusters numbered by decreasing size."""
    networks, labels = freeze(restart.model, problem.x)
    terms = mean_terms(networks, few(problem.x))
    settings = problem.settings
    value = penalised_objective(terms, settings.gammas, settings.n_clusters)
    return TrainedRestart(
        networks,
        labels.numpy(),
        value.item(),
        restart.history,
        restart.schedule.converged and not interrupted,
        interrupted,
    )


def stacks(problem, plans):
    """Yield stacks of restarts that are trained together."""
    restarts = []
    for number, plan in enumerate(plans):
        restarts.append(prepare(number, problem, plan))
        if not restarts[0].model.can_stack or len(restarts) == LARGEST_STACK:
            yield restarts
            restarts = []
    if restarts:
        yield restarts


def train_restarts(problem, plans, on_epoch, checkpoint=None, keep_interrupted=False):
    """Train all restarts, stacked if possible.

    Parameters
    ----------
    problem : Problem
    plans : list of RestartPlan
    on_epoch : callable
        Called with a `Restart` after each of its epochs; returns True to stop it.
    checkpoint : Checkpoint or None
        Checkpoint to resume from and to save to; its file is removed at the end.
    keep_interrupted : bool, default=False
        Whether to return the restarts so far if the user interrupts (Ctrl-C).

    Returns
    -------
    trained : list of TrainedRestart
        Only the first ones if training was interrupted.
    """
    trained = []
    for restarts in stacks(problem, plans):
        interrupted = False
        try:
            train(restarts, problem.settings, on_epoch, checkpoint)
        except KeyboardInterrupt:
            begun = trained or restarts[0].history
            if not (keep_interrupted and begun and is_first_interrupt()):
                raise
            interrupted = True
        begun = [restart for restart in restarts if restart.history]
        trained += [finish(restart, problem, interrupted) for restart in begun]
        if interrupted:
            return trained
    if checkpoint is not None:
        checkpoint.remove()
    return trained


def is_first_interrupt():
    """Return whether there was no interrupt in the last `PATIENCE` seconds."""
    global _last_interrupt
    last, _last_interrupt = _last_interrupt, time.monotonic()
    return _last_interrupt - last > PATIENCE
