"""Many networks of one shape as one, whose tensors have a leading axis of models.

A stack reads the parameters of the networks it is made of, and has none of its own:
they stay where they are, and an optimizer trains them as if each were alone.
"""

import copy
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from skvaeclust._networks._dense import AssignmentHead, DenseModules

CONTAINERS = {nn.Sequential, AssignmentHead, DenseModules}
ELEMENTWISE = {nn.Identity, nn.LeakyReLU, nn.ReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh}


class StackedLinear(nn.Module):
    """Linear layers side by side, on x of shape (R, ..., n_features).

    The product is made with features first, samples last, as BatchNorm wants it.
    """

    def __init__(self, layers, before_norm=False):
        super().__init__()
        self.layers, self.before_norm = layers, before_norm

    def forward(self, x):
        weight = torch.stack([layer.weight for layer in self.layers])
        rows = x.flatten(1, -2).mT
        if self.layers[0].bias is None:
            out = torch.bmm(weight, rows)
        else:
            bias = torch.stack([layer.bias for layer in self.layers])[..., None]
            out = torch.baddbmm(bias, weight, rows)
        out = out.mT if self.before_norm else out.mT.contiguous()
        return out.unflatten(1, x.shape[1:-1])


class StackedBatchNorm(nn.Module):
    """BatchNorm1d layers side by side, on x of shape (R, n, n_features)."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.statistics = {
            name: torch.stack([getattr(layer, name) for layer in layers])
            for name in ("running_mean", "running_var")
        }
        for name, values in self.statistics.items():
            for layer, row in zip(layers, values, strict=True):
                setattr(layer, name, row)  # a view: the layer keeps up

    def forward(self, x):
        first = self.layers[0]
        out = F.batch_norm(
            x.mT.reshape(1, -1, x.shape[1]),
            *(values.view(-1) for values in self.statistics.values()),
            torch.cat([layer.weight for layer in self.layers]),
            torch.cat([layer.bias for layer in self.layers]),
            self.training,
            first.momentum,
            first.eps,
        )
        return out.view(len(x), -1, x.shape[1]).mT


class OnlyOne(nn.Module):
    """Networks that cannot be stacked, as a stack of one."""

    def __init__(self, networks):
        super().__init__()
        self.networks = networks

    def assign(self, x):
        return self.networks.assign(x[0])[None]

    def encode(self, x, e):
        return [out[None] for out in self.networks.encode(x[0], e[0])]

    def prior(self, e):
        return [out[None] for out in self.networks.prior(e[0])]

    def decode(self, z):
        return self.networks.decode(z[0])[None]


def can_stack(module):
    """Whether all layers are of types that stack."""
    if type(module) in CONTAINERS:
        return all(can_stack(child) for child in module.children())
    if type(module) is nn.BatchNorm1d:
        return module.affine and module.track_running_stats
    return type(module) in ELEMENTWISE | {nn.Linear}


def stack(modules):
    """Modules of one shape as one; those that cannot be stacked must be alone."""
    if can_stack(modules[0]):
        return _stack(modules)
    (alone,) = modules
    return OnlyOne(alone)


def _stack(modules, before_norm=False):
    first = modules[0]
    if type(first) is nn.Linear:
        return StackedLinear(modules, before_norm)
    if type(first) is nn.BatchNorm1d:
        return StackedBatchNorm(modules)
    if type(first) in ELEMENTWISE:
        return first
    names = list(first._modules)
    norms = [type(first._modules[name]) is nn.BatchNorm1d for name in names]
    stacked = copy.copy(first)
    stacked._modules = {
        name: _stack([module._modules[name] for module in modules], before_norm)
        for name, (_, before_norm) in zip(names, pairwise([*norms, False]), strict=True)
    }
    return stacked
