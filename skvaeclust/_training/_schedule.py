"""Settings of training; multipliers, learning rate and stopping rule per epoch."""

import math
from dataclasses import dataclass, replace

from skvaeclust._model._objective import Gammas

SEARCH_EPOCHS = 80  # for max_epochs="auto", from random weights
# Minimum numbers of steps and epochs for max_epochs="auto", from a start.
SUPERVISED_STEPS, SUPERVISED_EPOCHS = 100, 5
REFINEMENT_STEPS, REFINEMENT_EPOCHS = 110, 3
MOST_BATCHES = 64  # per epoch
LARGEST_LATENT_DIM = 10  # for latent_dim="auto"
LAST_LEARNING_RATE = 0.01  # fraction of the initial learning rate


@dataclass(frozen=True)
class Settings:
    """Settings of the training, by the names of the parameters of the estimator.

    "auto" is allowed before `resolved`. ``n_supervised`` is the number of epochs with
    given labels. For random weights, the last four are those of `RandomInit`; from a
    start, they keep their defaults, and only the convergence depends on them.
    """

    n_clusters: int
    latent_dim: int | str
    gammas: Gammas
    max_epochs: int | str
    batch_size: int | str
    learning_rate: float
    n_copies: int = 0
    n_supervised: int = 0
    annealing: float = 1.0
    gumbel_temperature: float | None = None
    tol: float = 0.01
    n_iter_no_change: int = 5

    @property
    def epochs_without_change(self):
        """Number of last epochs without a change of labels, for convergence."""
        if not self.n_supervised:
            return self.n_iter_no_change
        n_epochs = self.max_epochs - self.n_supervised
        return min(self.n_iter_no_change, math.ceil(n_epochs / 3))

    def resolved(self, n_samples, n_copies, from_start):
        """Return settings without "auto", for the sizes of the data.

        ``n_copies`` is the number of copies of every sample, ``from_start`` whether
        training starts from partitions, not from random weights.
        """
        n_rows = (1 + n_copies) * n_samples
        latent_dim, batch_size = self.latent_dim, self.batch_size
        max_epochs, n_supervised = self.max_epochs, 0
        if latent_dim == "auto":  # K centres span K - 1 dimensions
            latent_dim = min(max(2, self.n_clusters - 1), LARGEST_LATENT_DIM)
        if batch_size == "auto":
            batch_size = automatic_batch_size(n_rows, from_start)
        if from_start:
            max_epochs, n_supervised = epochs_from_start(max_epochs, n_rows, batch_size)
        elif max_epochs == "auto":
            max_epochs = SEARCH_EPOCHS
        return replace(
            self,
            latent_dim=latent_dim,
            max_epochs=max_epochs,
            batch_size=batch_size,
            n_copies=n_copies,
            n_supervised=n_supervised,
        )


def automatic_batch_size(n_rows, from_start):
    """Return the number of rows per batch for ``batch_size="auto"``.

    From random weights, there are about fifteen batches per epoch, of 16 to 100 rows:
    the noise of small batches helps to escape poor local minima. From a start, batches
    have 16 to 64 rows, and up to 256 if there are very many rows.
    """
    size = max(16, math.ceil(n_rows / 15))
    if not from_start:
        return min(size, 100)
    return max(min(size, 64), min(n_rows // 100, 256))


def n_batches(n_rows, batch_size):
    """Return the number of batches per epoch, each with at least two rows."""
    return max(1, min(math.ceil(n_rows / batch_size), n_rows // 2, MOST_BATCHES))


def epochs_from_start(max_epochs, n_rows, batch_size):
    """Return the number of epochs, and how many of them are supervised.

    Parameters
    ----------
    max_epochs : int or "auto"
        "auto" takes a fixed number of steps, but at least a few epochs.
    n_rows : int
        Number of samples and copies.
    batch_size : int

    Returns
    -------
    max_epochs, n_supervised : int
    """
    if max_epochs == "auto":
        supervised = round(SUPERVISED_STEPS / n_batches(n_rows, batch_size))
        refinement = round(REFINEMENT_STEPS / n_batches(n_rows, batch_size))
        supervised = max(supervised, SUPERVISED_EPOCHS)
        return supervised + max(refinement, REFINEMENT_EPOCHS), supervised
    fraction = SUPERVISED_STEPS / (SUPERVISED_STEPS + REFINEMENT_STEPS)
    return max_epochs, math.ceil(fraction * max_epochs)


class Schedule:
    """Base class of schedules, which follow the training of one model."""

    def __init__(self, settings):
        self.settings = settings
        self.last_epoch = settings.max_epochs
        self.epoch = 0
        self.labels = None
        self.n_no_change = 0

    @property
    def finished(self):
        """Whether the last epoch has ended."""
        return self.epoch >= self.last_epoch

    @property
    def settled(self):
        """Whether labels have not changed for long enough."""
        return self.n_no_change >= self.settings.n_iter_no_change

    @property
    def converged(self):
        """Whether labels no longer change."""
        return self.settled

    @property
    def supervised(self):
        """Whether this epoch uses the labels of the start."""
        return self.phase == "supervised"

    def decayed(self, first_epoch):
        """Return the learning rate, which decays along half a cosine."""
        done = (self.epoch - first_epoch) / max(1, self.last_epoch - first_epoch)
        fallen = (1 - LAST_LEARNING_RATE) * (1 - math.cos(math.pi * done)) / 2
        return self.settings.learning_rate * (1 - fallen)

    def advance(self, labels):
        """Advance to the next epoch, given the labels after this one."""
        self.epoch += 1
        if self.labels is not None:
            changed = (labels != self.labels).double().mean().item()
            self.n_no_change = (
                self.n_no_change + 1 if changed <= self.settings.tol else 0
            )
        self.labels = labels


class SearchSchedule(Schedule):
    """Schedule from random weights: search, then refinement of equal length.

    In the search, ``gamma_latent`` decays geometrically from ``annealing`` times its
    final value, and ``gamma_balance`` from ``annealing ** 2`` times its final value.
    The search ends when labels no longer change, or after half of ``max_epochs``. In
    the refinement, the learning rate decays along half a cosine.
    """

    def __init__(self, settings):
        super().__init__(settings)
        self.longest_search = max(1, settings.max_epochs // 2)
        self.search_epochs = None

    @property
    def phase(self):
        """Name of the phase of this epoch."""
        return "search" if self.search_epochs is None else "refinement"

    @property
    def gammas(self):
        """Multipliers of the terms in this epoch."""
        final, left = self.settings.gammas, 0.0
        if self.search_epochs is None:
            left = 1 - self.epoch / self.longest_search
        factor = self.settings.annealing**left
        return Gammas(
            final.categorical, factor * final.latent, factor**2 * final.balance
        )

    @property
    def learning_rate(self):
        """Learning rate in this epoch."""
        if self.search_epochs is None:
            return self.settings.learning_rate
        return self.decayed(self.search_epochs)

    def advance(self, labels):
        """Advance to the next epoch, given the labels after this one."""
        super().advance(labels)
        if self.search_epochs is None:
            if self.settled:
                self.last_epoch = min(self.last_epoch, 2 * self.epoch)
            if self.settled or self.epoch >= self.longest_search:
                self.search_epochs = self.epoch


class StartSchedule(Schedule):
    """Schedule from a start: supervised epochs with its labels, then refinement.

    Multipliers have their final values throughout. In the refinement, the learning rate
    decays along half a cosine. Training never ends early, so that restarts are compared
    after equal numbers of epochs. With ``fixed`` labels, all epochs are supervised.
    """

    def __init__(self, settings, fixed=False):
        super().__init__(settings)
        self.fixed = fixed

    @property
    def warming_up(self):
        """Whether the learning rate has not begun to decay."""
        return self.epoch < self.settings.n_supervised

    @property
    def phase(self):
        """Name of the phase of this epoch."""
        return "supervised" if self.fixed or self.warming_up else "refinement"

    @property
    def gammas(self):
        """Multipliers of the terms in this epoch."""
        return self.settings.gammas

    @property
    def learning_rate(self):
        """Learning rate in this epoch."""
        if self.warming_up:
            return self.settings.learning_rate
        return self.decayed(self.settings.n_supervised)

    @property
    def converged(self):
        """Whether labels did not change in the last epochs of the refinement."""
        settings = self.settings
        long_enough = settings.max_epochs - settings.n_supervised >= REFINEMENT_EPOCHS
        settled = self.n_no_change >= settings.epochs_without_change
        return self.finished and long_enough and settled
