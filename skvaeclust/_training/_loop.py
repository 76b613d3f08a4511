"""Training loop of a stack of models: step, epoch, loop."""

from dataclasses import asdict, astuple, dataclass, field

import torch

from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._model._objective import (
    Gammas,
    LossTerms,
    enumerated_terms,
    sampled_terms,
    taught_terms,
)
from skvaeclust._model._random import Stream, Streams
from skvaeclust._prediction import chunks
from skvaeclust._training._schedule import Schedule, n_batches

TEACHING_WEIGHT = 0.1  # weight of the cross-entropy
N_CODES = 4  # clusters decoded for each sample, after teaching


def batches(n_rows, batch_size, stream):
    """Split the rows, in random order, into batches of nearly equal size."""
    order = stream.permutation(n_rows)
    return order.tensor_split(n_batches(n_rows, batch_size))


def draw(pool, factor, rows, stream):
    """Return samples and copies by index, with new noise.

    Index i >= n_samples is a copy of sample i % n_samples: a row of the pool if the
    pool contains copies, or the sample plus new noise if there is a factor.
    """
    batch = pool[rows % len(pool)]
    if factor is None:
        return batch
    eps = stream.normal((len(rows), len(factor))) * (rows >= len(pool))[:, None]
    return batch + (eps @ factor.flatten(1)).view_as(batch)


@dataclass(frozen=True)
class Lesson:
    """Labels to teach to a model.

    ``samples`` are the indices of the samples that have ``labels``, tensors of shape
    (n_taught,).
    """

    samples: torch.Tensor
    labels: torch.Tensor


@dataclass
class Trainee:
    """One model in training, with its data, random numbers and progress.

    ``x`` are samples of shape (n, ...) with total variance 1. ``pool`` are the samples
    followed by fixed copies, if any; other copies have the noise ``eps @ factor``.
    """

    number: int
    model: MixtureVAE
    x: torch.Tensor
    pool: torch.Tensor
    factor: torch.Tensor | None
    stream: Stream
    schedule: Schedule
    lesson: Lesson | None = None
    history: list = field(default_factory=list)

    @property
    def samples(self):
        """Indices of the samples in this epoch; None for all."""
        return self.lesson.samples if self.schedule.teaching else None

    def draw(self, chosen):
        """Return samples and copies by index, among those of this epoch."""
        samples = self.samples
        if samples is None:
            return draw(self.pool, self.factor, chosen, self.stream)
        n_taught = len(samples)
        copy, place = chosen // n_taught, chosen % n_taught
        rows = copy * len(self.x) + samples[place]
        return draw(self.pool, self.factor, rows, self.stream)

    def answers(self, chosen):
        """Return the labels of the samples that `draw` returns."""
        return self.lesson.labels[chosen % len(self.lesson.labels)]


def step(
    stack, optimizer, batch, gammas, settings, streams, answers=None, n_codes=None
):
    """Take one step of the optimizer.

    Parameters
    ----------
    stack : MixtureVAE
    optimizer : torch.optim.Optimizer
    batch : Tensor of shape (R, n, ...)
    gammas : Gammas of Tensor of shape (R,)
    settings : Settings
    streams : Streams
    answers : Tensor of shape (R, n) or None
        Labels to teach; None to minimise the objective.
    n_codes : int or None
        Number of most probable clusters that are decoded; None for all.

    Returns
    -------
    terms : Tensor of shape (4, R)
    """
    stack.read()
    lesson = 0.0
    if answers is not None:
        terms, mistakes = taught_terms(stack, batch, answers, streams)
        lesson = TEACHING_WEIGHT * mistakes.mean(-1)
    elif settings.assignment == "enumerate":
        terms = enumerated_terms(stack, batch, streams, n_codes)
    else:
        terms = sampled_terms(stack, batch, settings.temperature, streams)
    terms = terms.mean()
    optimizer.zero_grad(set_to_none=True)
    loss = terms.total(gammas) if answers is None else terms.taught(gammas) + lesson
    loss.sum().backward()
    optimizer.step()
    return terms.as_tensor()


def run_epoch(stack, trainees, optimizer, settings):
    """Train for one epoch; return the mean terms of every model."""
    streams = Streams(trainee.stream for trainee in trainees)
    gammas = stack_gammas(
        [trainee.schedule.gammas for trainee in trainees], trainees[0].x.device
    )
    teaching = trainees[0].schedule.teaching
    samples = trainees[0].samples
    n_samples = len(trainees[0].x) if samples is None else len(samples)
    n_rows = (1 + settings.n_copies) * n_samples
    orders = [batches(n_rows, settings.batch_size, stream) for stream in streams]
    n_codes = N_CODES if trainees[0].lesson is not None else None
    sums = 0.0
    for rows in zip(*orders, strict=True):
        pairs = list(zip(trainees, rows, strict=True))
        batch = torch.stack([trainee.draw(chosen) for trainee, chosen in pairs])
        answers = None
        if teaching:
            answers = torch.stack([t.answers(chosen) for t, chosen in pairs])
        terms = step(
            stack, optimizer, batch, gammas, settings, streams, answers, n_codes
        )
        sums = sums + terms * len(rows[0])
    return (sums / n_rows).T.tolist()


def stack_gammas(gammas, device):
    """Stack the multipliers of all models, each of shape (R,)."""
    return Gammas(*torch.tensor([astuple(g) for g in gammas], device=device).T)


@torch.no_grad()
def current_labels(stack, trainees):
    """Predict the labels of all samples by all models, shape (R, n)."""
    stack.eval()
    stack.read()
    parts = zip(*(chunks(trainee.x) for trainee in trainees), strict=True)
    labels = [stack.log_assignment(torch.stack(part)).argmax(-1) for part in parts]
    stack.train()
    return torch.cat(labels, 1)


def train(trainees, settings, on_epoch, checkpoint=None):
    """Train models together, until their schedules end or `on_epoch` stops them.

    Parameters
    ----------
    trainees : list of Trainee
        More than one only if their models can be stacked. Each is trained as it would
        be alone. Their schedules are of the same class.
    settings : Settings
    on_epoch : callable
        Called with a trainee after each of its epochs; returns True to stop it.
    checkpoint : Checkpoint or None
        Checkpoint to resume from and to save to.
    """
    weights = {trainee.number: trainee.model.weights() for trainee in trainees}
    optimizer = torch.optim.Adam(
        [{"params": of_one} for of_one in weights.values()],
        lr=settings.learning_rate,
        fused=True,
    )
    active, stack = trainees, None
    if checkpoint is not None:
        active = checkpoint.load(trainees, optimizer)
    while active:
        if stack is None or (len(active),) != stack.leading:
            stack = MixtureVAE.stack(
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
                "epoch": len(trainee.history),
                "phase": trainee.schedule.phase,
                "loss": values.total(settings.gammas),
            }
            trainee.history.append(record | asdict(values))
            trainee.schedule.advance(new)
            if not on_epoch(trainee) and not trainee.schedule.finished:
                going.append(trainee)
        active = going
        if checkpoint is not None:
            checkpoint.save(trainees, optimizer, active)
