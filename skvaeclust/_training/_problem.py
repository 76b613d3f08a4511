"""Training problem: data, networks and settings shared by all restarts."""

from dataclasses import dataclass
from functools import cached_property

import torch

from skvaeclust._training._schedule import Settings


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
            f"device={name!r} is not available; expected 'auto' or a device of this "
            f"machine, such as 'cpu'. Error of torch: {error}"
        ) from error
    return name


@dataclass(frozen=True)
class Problem:
    """Data, networks and settings that all restarts share.

    ``x`` (samples), ``copies`` (fixed copies of the samples), ``factor`` (noise factor
    of the other copies) and ``mask`` (of valid points) are tensors on the CPU, in the
    precision of prediction.
    """

    network: object
    x: torch.Tensor
    copies: torch.Tensor | None
    factor: torch.Tensor | None
    mask: torch.Tensor | None
    settings: Settings
    device: str

    @cached_property
    def data(self):
        """Samples, samples with fixed copies, and noise factor, on the device."""
        x, copies, factor = (
            None if tensor is None else tensor.to(self.device, torch.float32)
            for tensor in (self.x, self.copies, self.factor)
        )
        return x, x if copies is None else torch.cat([x, copies]), factor


def make_problem(settings, network, representation, x, copies, from_start, device):
    """Make the training problem.

    Parameters
    ----------
    settings : Settings
        With "auto" where the data decide.
    network : object with ``build``
    representation : Representation
    x : ndarray of shape (n_samples, ...)
        Inputs of the networks.
    copies : Copies
    from_start : bool
        Whether training starts from partitions, not from random weights.
    device : str

    Returns
    -------
    problem : Problem
    """
    noise, fixed = copies.noise_factor, copies.rows
    if noise is not None:
        noise = representation.rotate(noise / representation.scale)
    if fixed is not None:
        fixed = representation.encode(fixed)
    return Problem(
        network=network,
        x=torch.from_numpy(x),
        copies=as_tensor(fixed),
        factor=as_tensor(noise),
        mask=as_tensor(representation.mask),
        settings=settings.resolved(len(x), copies.n_copies, from_start),
        device=find_device(device),
    )


def as_tensor(array):
    """Convert an array to a tensor; None stays None."""
    return None if array is None else torch.from_numpy(array)
