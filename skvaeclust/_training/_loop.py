"""Training loop of a stack of models: step, epoch, loop."""

from dataclasses import asdict, astuple, dataclass, field

import torch

from skvaeclust._components import few
from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._model._objective import (
    N_CODES,
    Gammas,
    LossTerms,
    enumerated_terms,
    sampled_terms,
    supervised_terms,
)
from skvaeclust._model._random import Stream, Streams
from skvaeclust._prediction import chunks
from skvaeclust._training._schedule import MOST_BATCHES, Schedule, n_batches

CROSS_ENTROPY_WEIGHT = 0.1


def batches(n_rows, batch_size, stream):
    """Split the rows of an epoch, in random order, into batches of nearly equal size.

    An epoch of many rows is a random part of them, of `MOST_BATCHES` batches.
    """
    order = stream.permutation(n_rows)[: MOST_BATCHES * batch_size]
    return order.tensor_split(n_batches(n_rows, batch_size))


def select(pool, factor, indices, stream):
    """Return samples and copies by index, with new noise.

    Index i >= n_samples is a copy of sample i % n_samples: a row of the pool if the
    pool contains copies, or the sample plus new noise if there is a factor.
    """
    batch = pool[indices % len(pool)]
    if factor is None:
        return batch
    is_copy = (indices >= len(pool))[:, None]
    eps = stream.normal((len(indices), len(factor))) * is_copy
    return batch + (eps @ factor.flatten(1)).view_as(batch)


@dataclass
class Restart:
    """A model in training, with its data, random numbers and progress.

    ``x`` are samples of shape (n, ...) with total variance 1. ``pool`` are the samples
    followed by fixed copies, if any; other copies have the noise ``eps @ factor``.
    ``targets`` are the labels of a start, of shape (n,).
    """

    number: int
    model: MixtureVAE
    x: torch.Tensor
    pool: torch.Tensor
    factor: torch.Tensor | None
    stream: Stream
    schedule: Schedule
    targets: torch.Tensor | None = None
    history: list = field(default_factory=list)

    def record(self, terms, labels, gammas):
        """Add an epoch to the history, and advance to the next."""
        record = {
            "epoch": len(self.history),
            "phase": self.schedule.phase,
            "loss": terms.total(gammas),
        }
        self.history.append(record | asdict(terms))
        self.schedule.advance(labels)

    def select(self, indices):
        """Return samples and copies, and their labels in a supervised epoch."""
        batch = select(self.pool, self.factor, indices, self.stream)
        if not self.schedule.supervised:
            return batch, None
        return batch, self.targets[indices % len(self.x)]


def step(stack, optimizer, batch, labels, gammas, streams, temperature, n_codes):
    """Take one step of the optimizer.

    Parameters
    ----------
    stack : MixtureVAE
    optimizer : torch.optim.Optimizer
    batch : Tensor of shape (R, n, ...)
    labels : Tensor of shape (R, n) or None
        None to minimise the objective.
    gammas : Gammas of Tensor of shape (R,)
    streams : Streams
    temperature : float or None
        Of a Gumbel-softmax sample of k; None takes the expectation over k.
    n_codes : int or None
        Number of most probable clusters that are decoded; None for all.

    Returns
    -------
    terms : Tensor of shape (4, R)
    """
    stack.read()
    if labels is not None:
        terms, cross_entropy = supervised_terms(stack, batch, labels, streams)
        terms = terms.mean()
        loss = terms.supervised(gammas)
        loss = loss + CROSS_ENTROPY_WEIGHT * cross_entropy.mean(-1)
    else:
        if temperature is None:
            terms = enumerated_terms(stack, batch, streams, n_codes)
        else:
            terms = sampled_terms(stack, batch, temperature, streams)
        terms = terms.mean()
        loss = terms.total(gammas)
    optimizer.zero_grad(set_to_none=True)
    loss.sum().backward()
    optimizer.step()
    return terms.as_tensor()


def run_epoch(stack, restarts, optimizer, settings):
    """Train for one epoch; return the mean terms of every model."""
    streams = Streams(restart.stream for restart in restarts)
    gammas = stack_gammas(
        [restart.schedule.gammas for restart in restarts], restarts[0].x.device
    )
    n_rows = (1 + settings.n_copies) * len(restarts[0].x)
    orders = [batches(n_rows, settings.batch_size, stream) for stream in streams]
    n_codes = None if restarts[0].targets is None else N_CODES
    sums, n_seen = 0.0, 0
    for indices in zip(*orders, strict=True):
        selected = [r.select(i) for r, i in zip(restarts, indices, strict=True)]
        rows, labels = zip(*selected, strict=True)
        labels = None if labels[0] is None else torch.stack(labels)
        terms = step(
            stack,
            optimizer,
            torch.stack(rows),
            labels,
            gammas,
            streams,
            settings.gumbel_temperature,
            n_codes,
        )
        sums = sums + terms * len(indices[0])
        n_seen += len(indices[0])
    return (sums / n_seen).T.tolist()


def stack_gammas(gammas, device):
    """Stack the multipliers of all models, each of shape (R,)."""
    rows = [astuple(g) for g in gammas]
    return Gammas(*torch.tensor(rows, dtype=torch.float32, device=device).T)


@torch.no_grad()
def current_labels(stack, restarts):
    """Predict the labels of at most `FEW` samples by all models, shape (R, n)."""
    stack.eval()
    stack.read()
    parts = zip(*(chunks(few(restart.x)) for restart in restarts), strict=True)
    labels = [stack.log_assignment(torch.stack(part)).argmax(-1) for part in parts]
    stack.train()
    return torch.cat(labels, 1)


def train(restarts, settings, on_epoch, checkpoint=None):
    """Train restarts together, until their schedules end or `on_epoch` stops them.

    Parameters
    ----------
    restarts : list of Restart
        More than one only if their models can be stacked; results are the same as one
        at a time. Their schedules are of the same class.
    settings : Settings
    on_epoch : callable
        Called with a restart after each of its epochs; returns True to stop it.
    checkpoint : Checkpoint or None
        Checkpoint to resume from and to save to.
    """
    weights = {restart.number: restart.model.weights() for restart in restarts}
    optimizer = torch.optim.Adam(
        [{"params": of_one} for of_one in weights.values()],
        lr=settings.learning_rate,
        fused=True,
    )
    active, stack = restarts, None
    if checkpoint is not None:
        active = checkpoint.load(restarts, optimizer)
    while active:
        if stack is None or (len(active),) != stack.leading:
            stack = MixtureVAE.stack(
                [restart.model for restart in active],
                [weights[restart.number] for restart in active],
            ).train()
        for group, restart in zip(optimizer.param_groups, restarts, strict=True):
            if not restart.schedule.finished:
                group["lr"] = restart.schedule.learning_rate
        terms = run_epoch(stack, active, optimizer, settings)
        labels = current_labels(stack, active)
        unfinished = []
        for restart, values, new in zip(active, terms, labels, strict=True):
            restart.record(LossTerms(*values), new, settings.gammas)
            if not on_epoch(restart) and not restart.schedule.finished:
                unfinished.append(restart)
        active = unfinished
        if checkpoint is not None:
            checkpoint.save(restarts, optimizer, active)
