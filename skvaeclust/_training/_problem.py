"""Training problem: data, networks and settings shared by all restarts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from skvaeclust._model._objective import Gammas
from skvaeclust._training._schedule import (
    SEARCH_EPOCHS,
    Settings,
    automatic_batch_size,
    epochs_from_start,
)

LARGEST_LATENT_DIM = 10  # for latent_dim="auto"


def find_device(name):
    """Check and return a device; "auto" is CUDA or MPS if available, else the CPU."""
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=name).item()
    except Exception as error:  # each backend of torch raises its own
        raise ValueError(
            f"device={name!r} is not available, try 'auto'. Error of torch: {error}"
        ) from error
    return name


@dataclass(frozen=True)
class Problem:
    """Data, networks and settings that all restarts share.

    ``x`` (samples), ``copies`` (fixed copies of the samples), ``factor`` (noise factor
    of redrawn copies) and ``mask`` (of valid points) are tensors on the CPU, in the
    precision of prediction. Stacks may use up to ``n_threads`` threads. ``taught`` are
    the indices of the samples for which starts have labels.
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
        """Samples, samples with fixed copies, and noise factor, on the device."""
        x, copies, factor = (
            None if tensor is None else tensor.to(self.device, torch.float32)
            for tensor in (self.x, self.copies, self.factor)
        )
        return x, x if copies is None else torch.cat([x, copies]), factor


def make_problem(estimator, network, representation, rows, copies, starts):
    """Make the training problem of an estimator.

    Parameters
    ----------
    estimator : VAEClustering
        Estimator whose parameters are used.
    network : object with ``build``
    representation : Representation
    rows : ndarray of shape (n_samples, n_valid)
    copies : Copies
    starts : Starts or None
        None for random weights.

    Returns
    -------
    problem : Problem
    """
    noise, fixed = copies.noise_factor, copies.rows
    if noise is not None:
        noise = representation.rotate(noise / representation.scale)
    if fixed is not None:
        fixed = representation.encode(fixed)
    n_taught = None if starts is None else len(starts.samples)
    return Problem(
        network=network,
        n_clusters=estimator.n_clusters,
        latent_dim=find_latent_dim(estimator.latent_dim, estimator.n_clusters),
        x=torch.from_numpy(representation.encode(rows)),
        copies=as_tensor(fixed),
        factor=as_tensor(noise),
        mask=as_tensor(representation.mask),
        taught=torch.from_numpy(
            np.arange(len(rows)) if n_taught is None else starts.samples
        ),
        settings=make_settings(estimator, len(rows), n_taught, copies.n_copies),
        device=find_device(estimator.device),
        n_threads=torch.get_num_threads(),
    )


def as_tensor(array):
    """Convert an array to a tensor; None stays None."""
    return None if array is None else torch.from_numpy(array)


def find_latent_dim(latent_dim, n_clusters):
    """Return the latent dimension; K centres span K - 1 dimensions."""
    if latent_dim == "auto":
        return min(max(2, n_clusters - 1), LARGEST_LATENT_DIM)
    return latent_dim


def make_settings(estimator, n_samples, n_taught, n_copies):
    """Make the settings of the training.

    Parameters
    ----------
    estimator : VAEClustering
        Estimator whose parameters are used.
    n_samples : int
    n_taught : int or None
        Number of samples for which a start has labels; None for random weights.
    n_copies : int
        Number of copies of every sample.
    """
    n_rows = (1 + n_copies) * n_samples
    batch_size = estimator.batch_size
    if batch_size == "auto":
        batch_size = automatic_batch_size(n_rows, n_taught is not None)
    max_epochs, n_teaching = estimator.max_epochs, 0
    if n_taught is not None:
        max_epochs, n_teaching = epochs_from_start(
            max_epochs, n_rows, (1 + n_copies) * n_taught, batch_size
        )
    elif max_epochs == "auto":
        max_epochs = SEARCH_EPOCHS
    return Settings(
        gammas=Gammas(
            estimator.gamma_categorical,
            estimator.gamma_latent,
            estimator.gamma_balance,
        ),
        annealing=estimator.annealing,
        assignment=estimator.assignment,
        temperature=estimator.temperature,
        n_copies=n_copies,
        n_teaching=n_teaching,
        max_epochs=max_epochs,
        batch_size=batch_size,
        learning_rate=estimator.learning_rate,
        tol=estimator.tol,
        n_iter_no_change=estimator.n_iter_no_change,
    )
