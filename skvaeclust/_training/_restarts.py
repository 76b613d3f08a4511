"""Train several restarts of a model and evaluate what they have found."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch

from skvaeclust._inference import evaluate, ready, set_dropout_generator
from skvaeclust._networks._model import Model
from skvaeclust._random import Stream
from skvaeclust._training._judge import objective_criterion
from skvaeclust._training._loop import Lesson, Trainee, train
from skvaeclust._training._schedule import SearchSchedule, Settings, StartSchedule

LARGEST_STACK = 10  # more do not fit into the caches
_global_generator = threading.Lock()


def find_device(name):
    """Return the device of that name; "auto" is CUDA or MPS where there is one."""
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=name).item()
    except Exception as error:  # each backend of torch has its own
        raise ValueError(
            f"device={name!r} is not there; 'auto' takes what is. torch says: {error}"
        ) from error
    return name


@dataclass(frozen=True)
class Problem:
    """What all restarts share.

    ``x`` (samples), ``copies`` (copy after copy of all samples), ``factor`` (noise of
    fresh copies) and ``mask`` (of the points) are tensors on the CPU, in the precision
    of prediction. Stacks may use up to ``n_threads``. ``taught`` are the indices of the
    samples for which starts have labels.
    """

    network: object
    n_clusters: int
    latent_dim: int
    x: torch.Tensor
    copies: torch.Tensor | None
    factor: torch.Tensor | None
    mask: torch.Tensor | None
    taught: torch.Tensor
    settings: Settings
    device: str
    n_threads: int

    @cached_property
    def data(self):
        """Samples, samples and copies, and noise as training takes them."""
        x, copies, factor = (
            None if tensor is None else tensor.to(self.device, torch.float32)
            for tensor in (self.x, self.copies, self.factor)
        )
        return x, x if copies is None else torch.cat([x, copies]), factor


@dataclass(frozen=True)
class Restart:
    """One training to be done: of what, from which seed and which labels.

    ``labels`` of the samples ``problem.taught``, or None for random weights.
    """

    problem: Problem
    seed: int
    labels: torch.Tensor | None = None


@dataclass
class Run:
    """A restart that is done: the trained model, its labels and how it went."""

    model: Model
    labels: torch.Tensor
    criterion: float
    curve: list
    converged: bool


def build_model(problem, seed):
    """Build a model with fresh weights; the global generators stay as they are."""
    n_clusters = problem.n_clusters
    with _global_generator, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = problem.network.build(
            tuple(problem.x.shape[1:]), n_clusters, problem.latent_dim
        )
    return Model(networks, n_clusters, problem.mask)


def prepare(number, restart):
    """Return a model that is ready to be trained."""
    problem = restart.problem
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


def finish(trainee, problem):
    """Return what is kept of a trained model; its clusters are numbered by size."""
    model = ready(trainee.model, problem.x)
    terms, labels = evaluate(model, problem.x)
    value = objective_criterion(terms, problem.settings.gammas, problem.n_clusters)
    return Run(model, labels, value.item(), trainee.curve, trainee.schedule.converged)


@contextmanager
def threads(n_threads):
    """Limit torch to a number of threads for a while."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(n_threads)
        yield
    finally:
        torch.set_num_threads(before)


def train_stack(trainees, problem, on_epoch):
    """Train models together, on up to one thread each."""
    n_threads = torch.get_num_threads()
    if trainees[0].model.can_stack:
        n_threads = min(problem.n_threads, len(trainees))
    with threads(n_threads):
        train(trainees, problem.settings, on_epoch)


def run(restarts, on_epoch):
    """Train every restart, stacked where they can be.

    Parameters
    ----------
    restarts : list of Restart
        Their problems differ in their data alone. Those of one shape should be next to
        each other: they are stacked.
    on_epoch : callable
        Called with a trainee after each of its epochs; returns True to stop it.

    Returns
    -------
    runs : list of Run
    """
    runs, waiting = [], []

    def train_waiting():
        train_stack(waiting, restarts[waiting[0].number].problem, on_epoch)
        runs.extend(
            finish(trainee, restarts[trainee.number].problem) for trainee in waiting
        )
        waiting.clear()

    for number, restart in enumerate(restarts):
        trainee = prepare(number, restart)
        if waiting and not fits(trainee, waiting):
            train_waiting()
        waiting.append(trainee)
    train_waiting()
    return runs


def fits(trainee, waiting):
    """Tell whether a model can be trained together with those that wait."""
    first = waiting[0]
    return (
        len(waiting) < LARGEST_STACK
        and trainee.model.can_stack
        and trainee.x.shape == first.x.shape
        and shape_of(trainee.factor) == shape_of(first.factor)
        and type(trainee.schedule) is type(first.schedule)
    )


def shape_of(factor):
    """Return the shape of the noise, None without."""
    return None if factor is None else factor.shape
