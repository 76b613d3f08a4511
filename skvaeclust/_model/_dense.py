"""Fully connected networks on principal-component scores."""

from itertools import pairwise

import torch
from torch import nn

NEGATIVE_SLOPE = 0.2
INITIAL_LOG_VARIANCE = -3.0


def hidden_layers(*sizes):
    """Stack Linear - BatchNorm - LeakyReLU from each size to the next.

    Linear layers have no bias, since BatchNorm would cancel it.
    """
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [
            nn.Linear(n_in, n_out, bias=False),
            nn.BatchNorm1d(n_out),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
        ]
    return nn.Sequential(*layers)


def gaussian_layer(n_in, latent_dim):
    """Make a linear layer for means and log-variances, with small initial variances.

    With initial variances of 1, the noise of z would hide the cluster from the decoder,
    and the loss would decrease late or never.
    """
    layer = nn.Linear(n_in, 2 * latent_dim)
    with torch.no_grad():
        layer.bias[latent_dim:] += INITIAL_LOG_VARIANCE
    return layer


def component_layers(n_clusters, hidden, latent_dim):
    """Make the layers of p(z|k): e_k - FC - LeakyReLU - FC 2 * latent_dim."""
    return nn.Sequential(
        nn.Linear(n_clusters, hidden),
        nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
        gaussian_layer(hidden, latent_dim),
    )


class AssignmentHead(nn.Module):
    """Last layers of q(z|x,k): concat(x1, x2 * e_k) - FC - FC 2 * latent_dim."""

    def __init__(self, n_features, n_clusters, latent_dim, code_features, hidden):
        super().__init__()
        self.x1 = nn.Linear(n_features, code_features)
        self.x2 = nn.Linear(n_features, n_clusters)
        self.head = nn.Sequential(
            hidden_layers(code_features + n_clusters, hidden),
            gaussian_layer(hidden, latent_dim),
        )

    def forward(self, features, e):
        rows = e.shape[:-1]
        x1 = self.x1(features)[..., None, :].expand(*rows, -1)
        x2 = self.x2(features)[..., None, :] * e
        out = self.head(torch.cat([x1, x2], dim=-1).flatten(-3, -2))
        return out.unflatten(-2, rows[-2:]).chunk(2, dim=-1)


class DenseModules(nn.Module):
    """Networks of q(k|x), q(z|x,k), p(z|k) and p(x|z) on rows of PC scores."""

    def __init__(self, n_features, n_clusters, latent_dim, hidden, code_features):
        super().__init__()
        self.assignment = nn.Sequential(
            hidden_layers(n_features, hidden, hidden), nn.Linear(hidden, n_clusters)
        )
        self.trunk = hidden_layers(n_features, hidden, hidden)
        self.head = AssignmentHead(
            hidden, n_clusters, latent_dim, code_features, hidden
        )
        self.components = component_layers(n_clusters, hidden, latent_dim)
        self.decoder = nn.Sequential(
            hidden_layers(latent_dim, hidden, hidden),
            nn.Linear(hidden, n_features),
        )

    def assign(self, x):
        """Compute the logits of q(k|x), shape (n, K)."""
        return self.assignment(x)

    def encode(self, x, e):
        """Compute mean and log-variance of q(z|x,k), both (n, S, latent_dim)."""
        return self.head(self.trunk(x), e)

    def prior(self, e):
        """Compute mean and log-variance of p(z|k), both (..., latent_dim)."""
        return self.components(e).chunk(2, dim=-1)

    def decode(self, z):
        """Compute the mean of p(x|z), shape (n, n_features)."""
        return self.decoder(z)
