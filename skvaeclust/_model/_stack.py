"""Stacks of networks of the same shape, with a leading axis of models.

The parameters of each network are in one vector, which the optimizer updates. A stack
has no parameters of its own: it reads the vectors. A network gets the same numbers in
any stack, which ``torch.func.vmap`` does not guarantee.
"""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from skvaeclust._model._dense import AssignmentHead, DenseModules

CONTAINERS = {AssignmentHead, DenseModules}
ELEMENTWISE = {nn.Identity, nn.LeakyReLU, nn.ReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh}


def side_by_side(tensors):
    """Stack tensors along a leading axis of models; return a view of a single one."""
    return tensors[0][None] if len(tensors) == 1 else torch.stack(tensors)


class StackedLayers(nn.Module):
    """Sequence of stacked layers, on x of shape (R, ..., n_features).

    Inside, samples are the last axis, so that sums over them do not depend on the
    number of threads or of models.
    """

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        out = x.flatten(1, -2).mT
        for layer in self.layers:
            out = layer(out)
        return out.mT.reshape(*x.shape[:-1], -1)


class StackedLinear(nn.Module):
    """Stacked linear layers, on x of shape (R, n_features, n).

    ``weight`` has shape (R, n_out, n_in), and ``bias`` (R, n_out) or is None.
    """

    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.weight = self.bias = None

    def forward(self, x):
        if self.bias is None:
            return torch.bmm(self.weight, x)
        return torch.baddbmm(self.bias.unsqueeze(-1), self.weight, x)


class StackedBatchNorm(nn.Module):
    """Stacked BatchNorm1d layers, on x of shape (R, n_features, n).

    With samples last, it is a group norm in which every feature is a group. It always
    uses the statistics of x. ``weight`` and ``bias`` have shape (R, n_features).
    """

    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.weight = self.bias = None

    def forward(self, x):
        weight, bias = self.weight.flatten(), self.bias.flatten()
        rows = x.reshape(1, len(weight), x.shape[-1])
        out = F.group_norm(rows, len(weight), weight, bias, self.layers[0].eps)
        return out.view_as(x)


class OnlyOne(nn.Module):
    """Stack of one model, for networks that cannot be stacked."""

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
    """Return whether all layers can be stacked."""
    if type(module) in CONTAINERS | {nn.Sequential}:
        return all(can_stack(child) for child in module.children())
    if type(module) is nn.BatchNorm1d:
        return module.affine
    return type(module) in ELEMENTWISE | {nn.Linear}


def as_vector(network):
    """Join the parameters of a network in one vector and make them views of it."""
    vector = parameters_to_vector(network.parameters()).detach().requires_grad_()
    vector_to_parameters(vector.data, network.parameters())
    return vector


class Reader:
    """Link from the parameters of networks to the layers of their stack.

    Parameters
    ----------
    stacked : Module
        Output of `stack` for the networks.
    network : Module
        The first of the networks.
    vectors : list of Tensor
        Output of `as_vector` for each network.
    """

    def __init__(self, stacked, network, vectors):
        self.vectors = vectors
        self.shapes = [(len(vectors), *p.shape) for p in network.parameters()]
        self.sizes = [p.numel() for p in network.parameters()]
        number = {p: i for i, p in enumerate(network.parameters())}
        self.places = [
            (layer, name, number[getattr(layer.layers[0], name)])
            for layer in stacked.modules()
            if isinstance(layer, StackedLinear | StackedBatchNorm)
            for name in ("weight", "bias")
            if getattr(layer.layers[0], name) is not None
        ]

    def read(self):
        """Update the layers with the current vectors."""
        parts = side_by_side(self.vectors).split(self.sizes, 1)
        values = [part.view(s) for part, s in zip(parts, self.shapes, strict=True)]
        for layer, name, number in self.places:
            setattr(layer, name, values[number])


def stack(modules):
    """Stack modules of the same shape; one that cannot be stacked must be alone."""
    if not can_stack(modules[0]):
        (alone,) = modules
        return OnlyOne(alone)
    first = modules[0]
    if type(first) not in CONTAINERS:
        return StackedLayers(stacked_layers(modules))
    stacked = copy.copy(first)
    stacked._modules = {
        name: stack([module._modules[name] for module in modules])
        for name in first._modules
    }
    return stacked


def stacked_layers(modules):
    """List the stacked layers of modules of the same shape, without nesting."""
    first = modules[0]
    if type(first) is nn.Linear:
        return [StackedLinear(modules)]
    if type(first) is nn.BatchNorm1d:
        return [StackedBatchNorm(modules)]
    if type(first) in ELEMENTWISE:
        return [first]
    steps = zip(*modules, strict=True)  # not children(), which omits repeated layers
    return [layer for same in steps for layer in stacked_layers(same)]
