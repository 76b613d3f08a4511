"""Many networks of one shape as one, whose tensors have a leading axis of models.

The parameters of each network lie in one vector, and an optimizer trains the vectors
as if each were alone. A stack has none of its own: it reads the vectors.
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
    """Stack tensors along a leading axis of models; a single one is a view."""
    return tensors[0][None] if len(tensors) == 1 else torch.stack(tensors)


class StackedLayers(nn.Module):
    """Layers one after the other, on x of shape (R, ..., n_features).

    Inside, samples come last: sums over them then do not depend on the number of
    threads or of models.
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
    """Linear layers side by side, on x of shape (R, n_features, n).

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
    """BatchNorm1d layers side by side, on x of shape (R, n_features, n).

    With samples last, it is a group norm in which every feature is a group. It always
    takes the statistics of x. ``weight`` and ``bias`` have shape (R, n_features).
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
    """Tell whether all layers are of types that stack, and are trained."""
    if type(module) in CONTAINERS | {nn.Sequential}:
        return all(can_stack(child) for child in module.children())
    if type(module) is nn.BatchNorm1d:
        return module.affine
    return type(module) in ELEMENTWISE | {nn.Linear}


def as_vector(network):
    """Join the parameters of a network in one vector, of which they become views."""
    vector = parameters_to_vector(network.parameters()).detach().requires_grad_()
    vector_to_parameters(vector.data, network.parameters())
    return vector


class Reader:
    """Lets the layers of a stack have the parameters of its networks.

    Parameters
    ----------
    stacked : Module
        What `stack` makes of the networks.
    network : Module
        The first of the networks.
    vectors : list of Tensor
        From `as_vector`, for each network.
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
        """Hand the current vectors to the layers."""
        parts = side_by_side(self.vectors).split(self.sizes, 1)
        values = [part.view(s) for part, s in zip(parts, self.shapes, strict=True)]
        for layer, name, number in self.places:
            setattr(layer, name, values[number])


def stack(modules):
    """Stack modules of one shape; those that cannot be stacked must be alone."""
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
    """List the layers of modules of one shape, without nesting."""
    first = modules[0]
    if type(first) is nn.Linear:
        return [StackedLinear(modules)]
    if type(first) is nn.BatchNorm1d:
        return [StackedBatchNorm(modules)]
    if type(first) in ELEMENTWISE:
        return [first]
    steps = zip(*modules, strict=True)  # not children(), which names no layer twice
    return [layer for same in steps for layer in stacked_layers(same)]
