"""Training and evaluation of restarts."""

import time
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.utils import check_random_state

from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._model._random import Stream
from skvaeclust._prediction import evaluate, ready, set_dropout_generator
from skvaeclust._threads import torch_threads
from skvaeclust._training._judge import objective_criterion
from skvaeclust._training._loop import Lesson, Trainee, train
from skvaeclust._training._schedule import SearchSchedule, StartSchedule
from skvaeclust._training._starts import find_starts

LARGEST_STACK = 10  # larger stacks do not fit into the CPU caches
PATIENCE = 3.0  # seconds within which a second Ctrl-C is not caught
_last_interrupt = -PATIENCE


@dataclass(frozen=True)
class Restart:
    """A restart to be trained: its seed and its labels.

    ``labels`` are those of the samples ``problem.taught``; None for random weights.
    """

    seed: int
    labels: torch.Tensor | None = None


@dataclass
class Run:
    """A trained restart: its model, labels, objective and history."""

    networks: MixtureVAE
    labels: np.ndarray
    objective: float
    history: list
    converged: bool
    interrupted: bool = False


def plan_restarts(estimator, scores, init):
    """List the restarts: one for each trained start, or `n_init` random ones.

    Parameters
    ----------
    estimator : VAEClustering
        Estimator whose parameters are used.
    scores : ndarray of shape (n_samples, n_components)
        Principal-component scores, in decreasing order of variance.
    init : object
        From `choose_init`.

    Returns
    -------
    starts : Starts or None
        None for random weights.
    restarts : list of Restart
    """
    starts = find_starts(
        init,
        scores,
        estimator.n_clusters,
        estimator.n_init,
        check_random_state(estimator.random_state),
    )
    labels = [None] * estimator.n_init
    if starts is not None:
        labels = [torch.from_numpy(starts.labels[i]) for i in starts.trained]
    rng = check_random_state(estimator.random_state)
    seeds = rng.randint(np.iinfo(np.int32).max, size=len(labels)).tolist()
    return starts, [Restart(*pair) for pair in zip(seeds, labels, strict=True)]


def prepare(number, problem, restart):
    """Prepare a restart for training."""
    stream = Stream(restart.seed, problem.device)
    model = MixtureVAE.build(
        problem.network,
        problem.x.shape[1:],
        problem.n_clusters,
        problem.latent_dim,
        restart.seed,
        problem.mask,
    ).to(problem.device)
    set_dropout_generator(model, stream.generator)
    if restart.labels is None:
        lesson, schedule = None, SearchSchedule(problem.settings)
    else:
        pair = problem.taught, restart.labels
        lesson = Lesson(*(tensor.to(problem.device) for tensor in pair))
        schedule = StartSchedule(problem.settings)
    return Trainee(number, model, *problem.data, stream, schedule, lesson)


def finish(trainee, problem, interrupted=False):
    """Evaluate a trained model, with clusters numbered by decreasing size."""
    networks = ready(trainee.model, problem.x)
    terms, labels = evaluate(networks, problem.x)
    value = objective_criterion(terms, problem.settings.gammas, problem.n_clusters)
    return Run(
        networks,
        labels.numpy(),
        value.item(),
        trainee.history,
        trainee.schedule.converged and not interrupted,
        interrupted,
    )


def stacks(problem, restarts):
    """Yield stacks of models that are trained together."""
    trainees = []
    for number, restart in enumerate(restarts):
        trainees.append(prepare(number, problem, restart))
        if not trainees[0].model.can_stack or len(trainees) == LARGEST_STACK:
            yield trainees
            trainees = []
    if trainees:
        yield trainees


def n_threads_for(trainees, problem):
    """Return the number of threads: at most one for each model of a stack."""
    if trainees[0].model.can_stack:
        return min(problem.n_threads, len(trainees))
    return torch.get_num_threads()


def train_restarts(
    problem, restarts, on_epoch, checkpoint=None, keep_interrupted=False
):
    """Train all restarts, stacked if possible.

    Parameters
    ----------
    problem : Problem
    restarts : list of Restart
    on_epoch : callable
        Called with a trainee after each of its epochs; returns True to stop it.
    checkpoint : Checkpoint or None
        Checkpoint to resume from and to save to; its file is removed at the end.
    keep_interrupted : bool, default=False
        Whether to return the runs so far if the user interrupts (Ctrl-C).

    Returns
    -------
    runs : list of Run
        Only those of the first restarts if training was interrupted.
    """
    runs = []
    for trainees in stacks(problem, restarts):
        interrupted = False
        with torch_threads(n_threads_for(trainees, problem)):
            try:
                train(trainees, problem.settings, on_epoch, checkpoint)
            except KeyboardInterrupt:
                begun = runs or trainees[0].history
                if not (keep_interrupted and begun and is_first_interrupt()):
                    raise
                interrupted = True
        begun = [trainee for trainee in trainees if trainee.history]
        runs += [finish(trainee, problem, interrupted) for trainee in begun]
        if interrupted:
            return runs
    if checkpoint is not None:
        checkpoint.remove()
    return runs


def is_first_interrupt():
    """Return whether there was no interrupt in the last `PATIENCE` seconds."""
    global _last_interrupt
    last, _last_interrupt = _last_interrupt, time.monotonic()
    return _last_interrupt - last > PATIENCE
