"""Train several restarts of a model and evaluate what they have found."""

import threading
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

LARGEST_STACK = 10  # more do not fit into the caches
PATIENCE = 3.0  # seconds in which a second Ctrl-C ends the next fit too
_global_generator = threading.Lock()
_last_interrupt = -PATIENCE


@dataclass(frozen=True)
class Restart:
    """One training to be done: from which seed and which labels.

    ``labels`` of the samples ``problem.taught``, or None for random weights.
    """

    seed: int
    labels: torch.Tensor | None = None


@dataclass
class Run:
    """A restart that is done: the trained model, its labels and how it went."""

    networks: MixtureVAE
    labels: np.ndarray
    objective: float
    history: list
    converged: bool
    interrupted: bool = False


def plan_restarts(estimator, scores):
    """List the restarts: one for each start that is trained, or for each seed.

    Parameters
    ----------
    estimator : VAEClustering
        Its parameters are read.
    scores : ndarray of shape (n_samples, n_components)
        Principal-component scores, the largest variance first.

    Returns
    -------
    starts : Starts or None
        None for random weights.
    restarts : list of Restart
    """
    starts = find_starts(
        estimator.init,
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


def build_model(problem, seed):
    """Build a model with fresh weights; the global generators stay as they are."""
    n_clusters = problem.n_clusters
    with _global_generator, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = problem.network.build(
            tuple(problem.x.shape[1:]), n_clusters, problem.latent_dim
        )
    return MixtureVAE(networks, n_clusters, problem.mask)


def prepare(number, problem, restart):
    """Return a model that is ready to be trained."""
    stream = Stream(restart.seed, problem.device)
    model = build_model(problem, restart.seed).to(problem.device)
    set_dropout_generator(model, stream.generator)
    if restart.labels is None:
        lesson, schedule = None, SearchSchedule(problem.settings)
    else:
        pair = problem.taught, restart.labels
        lesson = Lesson(*(tensor.to(problem.device) for tensor in pair))
        schedule = StartSchedule(problem.settings)
    return Trainee(number, model, *problem.data, stream, schedule, lesson)


def finish(trainee, problem, interrupted=False):
    """Return what is kept of a trained model; its clusters are numbered by size."""
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
    """Make the models that are trained together, one stack after the other."""
    trainees = []
    for number, restart in enumerate(restarts):
        trainees.append(prepare(number, problem, restart))
        if not trainees[0].model.can_stack or len(trainees) == LARGEST_STACK:
            yield trainees
            trainees = []
    if trainees:
        yield trainees


def n_threads_for(trainees, problem):
    """Return the number of threads: up to one for each model of a stack."""
    if trainees[0].model.can_stack:
        return min(problem.n_threads, len(trainees))
    return torch.get_num_threads()


def train_restarts(problem, restarts, on_epoch, keep_interrupted=False):
    """Train every restart, stacked where they can be.

    Parameters
    ----------
    problem : Problem
    restarts : list of Restart
    on_epoch : callable
        Called with a trainee after each of its epochs; returns True to stop it.
    keep_interrupted : bool, default=False
        Whether to end early, with what there is, if the user interrupts (Ctrl-C).

    Returns
    -------
    runs : list of Run
        Those of the first restarts, if training was interrupted.
    """
    runs = []
    for trainees in stacks(problem, restarts):
        interrupted = False
        with torch_threads(n_threads_for(trainees, problem)):
            try:
                train(trainees, problem.settings, on_epoch)
            except KeyboardInterrupt:
                begun = runs or trainees[0].history
                if not (keep_interrupted and begun and is_first_interrupt()):
                    raise
                interrupted = True
        begun = [trainee for trainee in trainees if trainee.history]
        runs += [finish(trainee, problem, interrupted) for trainee in begun]
        if interrupted:
            break
    return runs


def is_first_interrupt():
    """Tell whether there was no other interrupt in the last seconds."""
    global _last_interrupt
    last, _last_interrupt = _last_interrupt, time.monotonic()
    return _last_interrupt - last > PATIENCE
