"""Mixture VAE, used by the objective, the training loop and prediction."""

import threading
from contextlib import contextmanager

import torch
from torch import nn

from skvaeclust._model._stack import Reader, as_vector, can_stack, stack
from skvaeclust._words import shown

NEEDED = ("assign", "encode", "prior", "decode")
_global_state = threading.RLock()


@contextmanager
def single_precision(device):
    """Make new tensors in single precision, on a device."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(before)


def _checked(networks):
    """Return networks that have the methods which a mixture VAE needs."""
    missing = [name for name in NEEDED if not hasattr(networks, name)]
    if not isinstance(networks, nn.Module) or missing:
        raise TypeError(
            "`build` of the network must return a torch module with the methods "
            f"{', '.join(NEEDED)}, got {shown(networks)}."
        )
    return networks


class MixtureVAE(nn.Module):
    """Mixture VAE: four networks, the order of the clusters and the land mask.

    Parameters
    ----------
    networks : torch.nn.Module
        With the methods ``assign``, ``encode``, ``prior`` and ``decode``.
    n_clusters : int
    mask : Tensor of the shape of one sample, or None
        1 at valid points and 0 on land.
    n_models : int or None
        R for a stack of R models, whose tensors have a leading axis of models; None for
        a single model without this axis.
    """

    recipe = None  # arguments of `build`, to rebuild a saved model

    def __init__(self, networks, n_clusters, mask=None, n_models=None):
        super().__init__()
        self.networks = networks
        self.leading = () if n_models is None else (n_models,)
        self.reader = None
        self.register_buffer("codes", torch.eye(n_clusters, dtype=torch.float32))
        self.register_buffer("mask", mask)

    @classmethod
    def build(
        cls,
        network,
        sample_shape,
        n_clusters,
        latent_dim,
        seed,
        mask=None,
        device="cpu",
    ):
        """Build a model with random weights; global settings are not changed.

        Parameters
        ----------
        network : object with ``build``
        sample_shape : tuple of int
            Shape of the input of the networks.
        n_clusters, latent_dim : int
        seed : int
        mask : Tensor of the shape of one sample, or None
        device : str, default="cpu"
            "meta" builds a model without data, to know its shapes.
        """
        sizes = tuple(sample_shape), n_clusters, latent_dim
        with _global_state, torch.random.fork_rng(devices=[]), single_precision(device):
            torch.default_generator.manual_seed(seed)  # not that of a GPU
            model = cls(_checked(network.build(*sizes)), n_clusters, mask)
        model.recipe = network, *sizes, seed
        return model

    @classmethod
    def stack(cls, models, weights):
        """Stack models of one shape along a leading axis.

        Parameters
        ----------
        models : list of MixtureVAE
            More than one only if they can be stacked.
        weights : list of list of Tensor
            Output of `weights` for each model.
        """
        first, networks = models[0], [model.networks for model in models]
        stacked = cls(stack(networks), len(first.codes), first.mask, len(models))
        if first.can_stack:
            vectors = [vector for (vector,) in weights]
            stacked.reader = Reader(stacked.networks, networks[0], vectors)
        return stacked.to(first.codes)

    def weights(self):
        """Return the parameters to train, in one vector if the model can be stacked."""
        if self.can_stack:
            return [as_vector(self.networks)]
        return list(self.parameters())

    @property
    def can_stack(self):
        """Whether the model can be stacked with others of the same shape."""
        return can_stack(self.networks)

    def read(self):
        """Update the layers of a stack with the current weights."""
        if self.reader is not None:
            self.reader.read()

    def renumber(self, order):
        """Renumber clusters: cluster j is the former ``order[j]``."""
        self.codes = self.codes[order]

    def log_assignment(self, x):
        """Compute the logarithm of q(k|x), shape (n, K)."""
        return self.networks.assign(x).log_softmax(-1) @ self.codes.T

    def all_codes(self):
        """Return the codes of all clusters for `encode`, shape (1, K, K)."""
        return self.codes.expand(*self.leading, 1, -1, -1)

    def encode(self, x, e):
        """Compute mean and log-variance of q(z|x,k), both (n, S, latent_dim)."""
        rows = x.shape[: len(self.leading) + 1]
        return self.networks.encode(x, e.expand(*rows, *e.shape[-2:]))

    def prior(self, e):
        """Compute mean and log-variance of p(z|k), both (..., latent_dim)."""
        return self.networks.prior(e)

    def decode(self, z):
        """Compute the mean of p(x|z) for z of shape (..., latent_dim)."""
        axis = len(self.leading)
        x = self.networks.decode(z.flatten(axis, -2))
        if self.mask is not None:
            x = x * self.mask
        return x.unflatten(axis, z.shape[axis:-1])
