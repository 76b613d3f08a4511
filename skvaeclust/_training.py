"""The only training loop: step, epoch, loop, restarts; when to stop."""

import math
import threading
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field, replace
from functools import cached_property

import torch

from skvaeclust._inference import chunks, evaluate, ready, set_dropout_generator
from skvaeclust._networks._model import Model
from skvaeclust._objective import Gammas, LossTerms, enumerated_terms, sampled_terms
from skvaeclust._random import Stream, Streams

LARGEST_STACK = 10  # more do not fit into the caches
STRICT_LATENT, STRICT_ENTROPY = 3.0, 0.5
LAST_LEARNING_RATE = 0.01  # as a share of the first
_global_generator = threading.Lock()


@dataclass(frozen=True)
class Settings:
    """How to train."""

    gammas: Gammas
    annealing: float
    assignment: str
    temperature: float
    n_copies: int
    max_epochs: int
    batch_size: int
    learning_rate: float
    tol: float
    n_iter_no_change: int


class Schedule:
    """Where the training of one model is: search, then refinement of equal length.

    In the search, ``gamma_latent`` falls geometrically to its value from ``annealing``
    times, and ``gamma_balance`` from ``annealing ** 2`` times. It ends when the labels
    no longer change, or after half of ``max_epochs``. In the refinement, the learning
    rate falls along half a cosine.
    """

    def __init__(self, settings):
        self.settings = settings
        self.longest_search = max(1, settings.max_epochs // 2)
        self.last_epoch = settings.max_epochs
        self.search_epochs = None
        self.epoch = 0
        self.labels = None
        self.n_no_change = 0

    @property
    def gammas(self):
        """The multipliers of the epoch."""
        final, left = self.settings.gammas, 0.0
        if self.search_epochs is None:
            left = 1 - self.epoch / self.longest_search
        factor = self.settings.annealing**left
        return Gammas(
            final.categorical, factor * final.latent, factor**2 * final.balance
        )

    @property
    def learning_rate(self):
        """The learning rate of the epoch."""
        share = 1.0
        if self.search_epochs is not None:
            n_epochs = self.last_epoch - self.search_epochs
            done = (self.epoch - self.search_epochs) / n_epochs
            share -= (1 - LAST_LEARNING_RATE) * (1 - math.cos(math.pi * done)) / 2
        return self.settings.learning_rate * share

    @property
    def finished(self):
        """Whether this was the last epoch."""
        return self.epoch >= self.last_epoch

    @property
    def settled(self):
        """Whether labels have not changed for long enough."""
        return self.n_no_change >= self.settings.n_iter_no_change

    def advance(self, labels):
        """Move on to the next epoch, given the labels after this one."""
        self.epoch += 1
        if self.labels is not None:
            changed = (labels != self.labels).double().mean().item()
            self.n_no_change = (
                self.n_no_change + 1 if changed <= self.settings.tol else 0
            )
        self.labels = labels
        if self.search_epochs is None:
            if self.settled:
                self.last_epoch = min(self.last_epoch, 2 * self.epoch)
            if self.settled or self.epoch >= self.longest_search:
                self.search_epochs = self.epoch


def build_model(problem, seed):
    """A model with fresh weights; the global generators stay as they are."""
    n_clusters = problem.n_clusters
    with _global_generator, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = problem.network.build(
            tuple(problem.x.shape[1:]), n_clusters, problem.latent_dim
        )
    return Model(networks, n_clusters, problem.mask)


def find_device(name):
    """The device of that name; "auto" is CUDA or MPS where there is one."""
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


def automatic_batch_size(n_rows):
    """About fifteen batches an epoch, of 16 to 100 rows.

    Small batches are noisy, and the noise frees clusters that are stuck.
    """
    return min(max(16, math.ceil(n_rows / 15)), 100)


def batches(n_rows, batch_size, stream):
    """A random order of the rows in nearly equal batches, none of a single row."""
    n_batches = max(1, min(math.ceil(n_rows / batch_size), n_rows // 2))
    return stream.permutation(n_rows).tensor_split(n_batches)


def draw(pool, factor, rows, stream):
    """Samples and copies: rows from n on are noisy copies of row modulo n of n."""
    batch = pool[rows % len(pool)]
    if factor is None:
        return batch
    eps = stream.normal((len(rows), len(factor))) * (rows >= len(pool))[:, None]
    return batch + (eps @ factor.flatten(1)).view_as(batch)


def step(stack, optimizer, batch, gammas, settings, streams):
    """One step of the optimizer; returns the terms of all models, detached."""
    stack.read()
    if settings.assignment == "enumerate":
        terms = enumerated_terms(stack, batch, streams)
    else:
        terms = sampled_terms(stack, batch, settings.temperature, streams)
    terms = terms.mean()
    optimizer.zero_grad(set_to_none=True)
    terms.total(gammas).sum().backward()
    optimizer.step()
    return terms.as_tensor()


@dataclass
class Trainee:
    """One model in training: its data, its random numbers and where it is.

    ``x`` are samples of shape (n, ...) with total variance 1. ``pool`` has the copies
    too that stay the same; others have the noise ``eps @ factor``.
    """

    number: int
    model: Model
    x: torch.Tensor
    pool: torch.Tensor
    factor: torch.Tensor | None
    stream: Stream
    schedule: Schedule
    curve: list = field(default_factory=list)


def run_epoch(stack, trainees, optimizer, settings):
    """One pass over samples and copies; returns the mean terms of every model."""
    streams = Streams(trainee.stream for trainee in trainees)
    gammas = stack_gammas(
        [trainee.schedule.gammas for trainee in trainees], trainees[0].x.device
    )
    n_rows = (1 + settings.n_copies) * len(trainees[0].x)
    orders = [batches(n_rows, settings.batch_size, stream) for stream in streams]
    sums = 0.0
    for rows in zip(*orders, strict=True):
        batch = torch.stack(
            [
                draw(trainee.pool, trainee.factor, chosen, trainee.stream)
                for trainee, chosen in zip(trainees, rows, strict=True)
            ]
        )
        terms = step(stack, optimizer, batch, gammas, settings, streams)
        sums = sums + terms * len(rows[0])
    return (sums / n_rows).T.tolist()


def stack_gammas(gammas, device):
    """The multipliers of all models, each term's of shape (R,)."""
    return Gammas(*torch.tensor([astuple(g) for g in gammas], device=device).T)


@torch.no_grad()
def current_labels(stack, trainees):
    """Labels of all samples by all models, shape (R, n), without dropout."""
    stack.eval()
    stack.read()
    parts = zip(*(chunks(trainee.x) for trainee in trainees), strict=True)
    labels = [stack.log_assignment(torch.stack(part)).argmax(-1) for part in parts]
    stack.train()
    return torch.cat(labels, 1)


def train(trainees, settings, on_epoch):
    """Train models together, each until its schedule ends or `on_epoch` says stop.

    Parameters
    ----------
    trainees : list of Trainee
        More than one only if their models can be stacked. Each is trained as it would
        be alone.
    settings : Settings
    on_epoch : callable
        Called with a trainee after each of its epochs; returns True to stop it.
    """
    weights = {trainee.number: trainee.model.weights() for trainee in trainees}
    optimizer = torch.optim.Adam(
        [{"params": of_one} for of_one in weights.values()],
        lr=settings.learning_rate,
        fused=True,
    )
    active, stack = trainees, None
    while active:
        if stack is None or (len(active),) != stack.leading:
            stack = Model.stack(
                [trainee.model for trainee in active],
                [weights[trainee.number] for trainee in active],
            ).train()
        for group, trainee in zip(optimizer.param_groups, trainees, strict=True):
            if not trainee.schedule.finished:
                group["lr"] = trainee.schedule.learning_rate
        terms = run_epoch(stack, active, optimizer, settings)
        labels = current_labels(stack, active)
        going = []
        for trainee, values, new in zip(active, terms, labels, strict=True):
            values = LossTerms(*values)
            record = {
                "epoch": len(trainee.curve),
                "loss": values.total(settings.gammas),
            }
            trainee.curve.append(record | asdict(values))
            trainee.schedule.advance(new)
            if not on_epoch(trainee) and not trainee.schedule.finished:
                going.append(trainee)
        active = going


@dataclass(frozen=True)
class Problem:
    """What all restarts share.

    ``x`` (samples), ``copies`` (copy after copy of all samples), ``factor`` (noise of
    fresh copies) and ``mask`` (of the points) are tensors on the CPU, in the precision
    of prediction. Stacks may use up to ``n_threads``.
    """

    network: object
    n_clusters: int
    latent_dim: int
    x: torch.Tensor
    copies: torch.Tensor | None
    factor: torch.Tensor | None
    mask: torch.Tensor | None
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


@dataclass
class Run:
    """One restart: the trained model, its labels and how it went."""

    model: Model
    labels: torch.Tensor
    criterion: float
    curve: list
    converged: bool


def criterion(terms, gammas, n_clusters):
    """What the best of several restarts has least of.

    The objective with a higher price of z, and of q(k|x) that are undecided. As it is
    it goes by the reconstruction, which a model without the right clusters can make
    up for with z.
    """
    entropy = math.log(n_clusters) - terms.categorical
    strict = replace(gammas, latent=STRICT_LATENT * gammas.latent)
    return (terms.total(strict) + STRICT_ENTROPY * entropy).item()


def start(number, problem, seed):
    """A model that is ready to be trained."""
    stream = Stream(seed, problem.device)
    model = build_model(problem, seed).to(problem.device)
    set_dropout_generator(model, stream.generator)
    return Trainee(number, model, *problem.data, stream, Schedule(problem.settings))


def finish(trainee, problem):
    """What is kept of a trained model; its clusters are numbered by size."""
    model = ready(trainee.model, problem.x)
    terms, labels = evaluate(model, problem.x)
    value = criterion(terms, problem.settings.gammas, problem.n_clusters)
    return Run(model, labels, value, trainee.curve, trainee.schedule.settled)


@contextmanager
def threads(n_threads):
    """Let torch use so many threads for a while."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(n_threads)
        yield
    finally:
        torch.set_num_threads(before)


def train_stack(trainees, problem, on_epoch):
    """Train models together, on up to a thread a model: stacks give the same on any."""
    n_threads = torch.get_num_threads()
    if trainees[0].model.can_stack:
        n_threads = min(problem.n_threads, len(trainees))
    with threads(n_threads):
        train(trainees, problem.settings, on_epoch)


def run(problems, seeds, on_epoch):
    """Train a model of every problem from its seed, stacked where they can be.

    The problems differ in their data alone. Those of one shape should be next to each
    other: they are stacked.
    """
    runs, waiting = [], []

    def train_waiting():
        train_stack(waiting, problems[waiting[0].number], on_epoch)
        runs.extend(finish(trainee, problems[trainee.number]) for trainee in waiting)
        waiting.clear()

    for number, (problem, seed) in enumerate(zip(problems, seeds, strict=True)):
        trainee = start(number, problem, seed)
        if waiting and not fits(trainee, waiting):
            train_waiting()
        waiting.append(trainee)
    train_waiting()
    return runs


def fits(trainee, waiting):
    """Whether a model can be trained together with those that wait."""
    return (
        len(waiting) < LARGEST_STACK
        and trainee.model.can_stack
        and trainee.x.shape == waiting[0].x.shape
        and shape_of(trainee.factor) == shape_of(waiting[0].factor)
    )


def shape_of(factor):
    """The shape of the noise, None without."""
    return None if factor is None else factor.shape
