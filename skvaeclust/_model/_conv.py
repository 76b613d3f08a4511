"""Convolutional networks on fields, as in Aoki et al. (2026), with free widths."""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from skvaeclust._model._dense import NEGATIVE_SLOPE, AssignmentHead, component_layers


class Dropout(nn.Module):
    """Dropout with its own random generator.

    ``torch.nn.Dropout`` only uses the global generator. ``generator`` is set before
    training and reset to None after it.
    """

    generator = None

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        keep = torch.empty_like(x).bernoulli_(1 - self.p, generator=self.generator)
        return x * keep / (1 - self.p)


def padding(height, width):
    """Compute left, right, top and bottom padding to multiples of 4."""
    extra_h, extra_w = -height % 4, -width % 4
    return (
        extra_w // 2,
        extra_w - extra_w // 2,
        extra_h // 2,
        extra_h - extra_h // 2,
    )


def conv_layers(*channels):
    """Stack Conv 4x4 (stride 2) - BatchNorm - LeakyReLU, then flatten."""
    layers = []
    for c_in, c_out in pairwise(channels):
        layers += [
            nn.Conv2d(c_in, c_out, 4, stride=2, padding=1),
            nn.BatchNorm2d(c_out),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
        ]
    return nn.Sequential(*layers, nn.Flatten())


class ConvModules(nn.Module):
    """Networks of q(k|x), q(z|x,k), p(z|k) and p(x|z) on fields."""

    def __init__(
        self, shape, n_clusters, latent_dim, channels, hidden, code_features, dropout
    ):
        super().__init__()
        n_channels, self.height, self.width = shape
        self.padding = padding(self.height, self.width)
        # Input and output have total variance 1; inside, the variance is 1 per point.
        self.point_scale = math.sqrt(math.prod(shape))
        coarse = (
            (self.height + sum(self.padding[2:])) // 4,
            (self.width + sum(self.padding[:2])) // 4,
        )
        n_flat = channels[1] * math.prod(coarse)
        classifier_width = max(hidden // 2, 1)

        self.assignment = nn.Sequential(
            conv_layers(n_channels, *channels),
            nn.Linear(n_flat, classifier_width),
            Dropout(dropout[0]),
            nn.ReLU(),
            nn.Linear(classifier_width, classifier_width),
            Dropout(dropout[1]),
            nn.ReLU(),
            nn.Linear(classifier_width, n_clusters),
        )
        self.trunk = nn.Sequential(
            nn.BatchNorm2d(n_channels), conv_layers(n_channels, *channels)
        )
        self.head = AssignmentHead(
            n_flat, n_clusters, latent_dim, code_features, hidden
        )
        self.components = component_layers(n_clusters, hidden, latent_dim)
        # The first two linear layers are one linear map, written as in the paper. Two
        # factors are initialised and optimised differently from their product.
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, code_features),
            nn.Linear(code_features, hidden),
            nn.BatchNorm1d(hidden),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            nn.Linear(hidden, n_flat),
            nn.Unflatten(1, (channels[1], *coarse)),
            nn.ConvTranspose2d(channels[1], channels[0], 4, stride=2, padding=1),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            nn.ConvTranspose2d(channels[0], n_channels, 4, stride=2, padding=1),
        )
        self.to(memory_format=torch.channels_last)  # saves up to a third of the time

    def _pad(self, x):
        x = F.pad(x * self.point_scale, self.padding)
        return x.contiguous(memory_format=torch.channels_last)

    def assign(self, x):
        """Compute the logits of q(k|x), shape (n, K)."""
        return self.assignment(self._pad(x))

    def encode(self, x, e):
        """Compute mean and log-variance of q(z|x,k), both (n, S, latent_dim)."""
        return self.head(self.trunk(self._pad(x)), e)

    def prior(self, e):
        """Compute mean and log-variance of p(z|k), both (..., latent_dim)."""
        return self.components(e).chunk(2, dim=-1)

    def decode(self, z):
        """Compute the mean of p(x|z), shape (n, channels, height, width)."""
        left, _, top, _ = self.padding
        x = self.decoder(z)[..., top : top + self.height, left : left + self.width]
        return x / self.point_scale
