"""The only training loop: step, epoch, loop, restart; when to stop."""

import math
import threading
from dataclasses import asdict, dataclass, fields

import torch

from skvaeclust._inference import evaluate, ready, set_dropout_generator
from skvaeclust._networks._model import Model
from skvaeclust._objective import Gammas, LossTerms, enumerated_terms, sampled_terms

TERMS = [f.name for f in fields(LossTerms)]
_global_generator = threading.Lock()


@dataclass(frozen=True)
class Settings:
    """How to train."""

    gammas: Gammas
    annealing: float
    annealed_epochs: int
    assignment: str
    temperature: float
    n_copies: int
    max_epochs: int
    batch_size: int
    learning_rate: float
    tol: float
    n_iter_no_change: int

    def gammas_at(self, epoch):
        """The multipliers in an epoch: gamma_latent and gamma_balance start high.

        They fall geometrically to their values, from ``annealing`` times and from
        ``annealing ** 2`` times.
        """
        left = max(0.0, 1 - epoch / max(self.annealed_epochs, 1))
        factor = self.annealing**left
        return Gammas(
            self.gammas.categorical,
            factor * self.gammas.latent,
            factor**2 * self.gammas.balance,
        )


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


def batches(n_rows, batch_size, generator, device):
    """A random order of the rows in nearly equal batches, none of a single row."""
    n_batches = max(1, min(math.ceil(n_rows / batch_size), n_rows // 2))
    order = torch.randperm(n_rows, generator=generator, device=device)
    return order.tensor_split(n_batches)


def draw(x, factor, rows, generator):
    """Samples and noisy copies: rows from n on are copies of row modulo n."""
    batch = x[rows % len(x)]
    if factor is None:
        return batch
    eps = torch.randn((len(rows), len(factor)), generator=generator, device=x.device)
    eps = eps * (rows >= len(x))[:, None]
    return batch + (eps @ factor.flatten(1)).view_as(batch)


def step(model, optimizer, batch, gammas, settings, generator):
    """One step of the optimizer; returns the terms and their sum, detached."""
    if settings.assignment == "enumerate":
        terms = enumerated_terms(model, batch, generator)
    else:
        terms = sampled_terms(model, batch, settings.temperature, generator)
    terms = terms.mean()
    loss = terms.total(gammas)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return terms.as_tensor()


def run_epoch(model, optimizer, x, factor, epoch, settings, generator):
    """One pass over samples and copies; returns the mean terms by name."""
    gammas = settings.gammas_at(epoch)
    n_rows = (1 + settings.n_copies) * len(x)
    sums = torch.zeros(len(TERMS), device=x.device)
    for rows in batches(n_rows, settings.batch_size, generator, x.device):
        batch = draw(x, factor, rows, generator)
        terms = step(model, optimizer, batch, gammas, settings, generator)
        sums += terms * len(rows)
    terms = LossTerms(*(sums / n_rows).tolist())
    return {"epoch": epoch, "loss": terms.total(settings.gammas)} | asdict(terms)


def train(model, x, factor, settings, generator, on_epoch):
    """Train a model until it has converged, or `on_epoch` says stop.

    Once the annealing is over, training has converged when the loss has not fallen by
    the fraction `tol` in `n_iter_no_change` epochs.

    Parameters
    ----------
    model : Model
    x : Tensor of shape (n, ...)
        Samples, total variance 1.
    factor : Tensor of shape (M, ...) or None
        ``eps @ factor`` is the noise of the copies.
    settings : Settings
    generator : torch.Generator
    on_epoch : callable
        Called with the model and the record of each epoch; returns True to stop.

    Returns
    -------
    curve : list of dict
        One record an epoch.
    stopped : {"converged", "asked", "max_epochs"}
    """
    model.train()
    set_dropout_generator(model, generator)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=settings.learning_rate, fused=True
    )
    curve, best, since_best = [], math.inf, 0
    for epoch in range(settings.max_epochs):
        record = run_epoch(model, optimizer, x, factor, epoch, settings, generator)
        curve.append(record)
        if on_epoch(model, record):
            return curve, "asked"
        if epoch < settings.annealed_epochs:
            continue
        since_best += 1
        if record["loss"] < (1 - settings.tol) * best:
            best, since_best = record["loss"], 0
        if since_best >= settings.n_iter_no_change:
            return curve, "converged"
    return curve, "max_epochs"


@dataclass(frozen=True)
class Problem:
    """What all restarts share.

    ``x`` (samples), ``factor`` (noise) and ``mask`` (of the points) are tensors on the
    CPU, in the precision of prediction.
    """

    network: object
    n_clusters: int
    latent_dim: int
    x: torch.Tensor
    factor: torch.Tensor | None
    mask: torch.Tensor | None
    settings: Settings
    device: str


@dataclass
class Run:
    """One restart: the trained model, its labels and how it went."""

    model: Model
    labels: torch.Tensor
    objective: float
    curve: list
    stopped: str


def run(problem, seed, on_epoch):
    """Train one model from a seed; its clusters are numbered by size."""
    model = build_model(problem, seed).to(problem.device)
    generator = torch.Generator(problem.device).manual_seed(seed)
    x = problem.x.to(problem.device, torch.float32)
    factor = problem.factor
    if factor is not None:
        factor = factor.to(problem.device, torch.float32)
    curve, stopped = train(model, x, factor, problem.settings, generator, on_epoch)
    model = ready(model, problem.x)
    terms, labels = evaluate(model, problem.x)
    objective = terms.total(problem.settings.gammas).item()
    return Run(model, labels, objective, curve, stopped)
