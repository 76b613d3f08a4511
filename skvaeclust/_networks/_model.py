"""The model that the objective, the training loop and prediction share."""

import torch
from torch import nn


class Model(nn.Module):
    """The four networks, the order of the clusters and the mask of the points.

    Parameters
    ----------
    networks : torch.nn.Module
        With the methods ``assign``, ``encode``, ``prior`` and ``decode``.
    n_clusters : int
    mask : Tensor of the shape of one sample, or None
        1 where a point counts and 0 on land.
    """

    def __init__(self, networks, n_clusters, mask=None):
        super().__init__()
        self.networks = networks
        self.register_buffer("codes", torch.eye(n_clusters))
        self.register_buffer("mask", mask)

    def renumber(self, order):
        """Let cluster j be the one that was ``order[j]``."""
        self.codes = self.codes[order]

    def log_assignment(self, x):
        """Logarithm of q(k|x), shape (n, K)."""
        return self.networks.assign(x).log_softmax(-1) @ self.codes.T

    def encode(self, x, e):
        """Mean and log-variance of q(z|x,k), each of shape (n, S, latent_dim)."""
        return self.networks.encode(x, e.expand(len(x), -1, -1))

    def prior(self, e):
        """Mean and log-variance of p(z|k), each of shape (..., latent_dim)."""
        return self.networks.prior(e)

    def decode(self, z):
        """Mean of p(x|z) for z of shape (..., latent_dim)."""
        x = self.networks.decode(z.flatten(0, -2))
        if self.mask is not None:
            x = x * self.mask
        return x.unflatten(0, z.shape[:-1])
