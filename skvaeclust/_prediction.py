"""Prediction with a trained model."""

import copy
from contextlib import suppress

import torch
from torch import nn

from skvaeclust._components import few
from skvaeclust._model import ConvNetworks, DenseNetworks
from skvaeclust._model._conv import Dropout
from skvaeclust._model._mixture_vae import MixtureVAE
from skvaeclust._model._objective import (
    N_CODES,
    LossTerms,
    balance,
    enumerated_terms,
)
from skvaeclust._model._random import Stream
from skvaeclust._threads import threads_for

CHUNK_SIZE, CHUNK_ROWS = 2**20, 1000  # maximum numbers of values and rows in a chunk


def chunks(x):
    """Split samples into chunks, to limit the memory needed."""
    return x.split(max(1, min(CHUNK_ROWS, CHUNK_SIZE // max(1, x[0].numel()))))


def set_dropout_generator(model, generator):
    """Set the random generator of all `Dropout` layers of a model."""
    for module in model.modules():
        if isinstance(module, Dropout):
            module.generator = generator


def freeze(model, x):
    """Copy a model for prediction, on the CPU and in the precision of x.

    BatchNorm gets the statistics of the samples, and clusters are numbered by size.

    Returns
    -------
    model : MixtureVAE
    labels : Tensor of int of shape (n,)
        Cluster of every sample.
    """
    model = copy.deepcopy(model)  # and its recipe: the user may change the network
    set_dropout_generator(model, None)
    model = model.to(x).requires_grad_(False).eval()
    set_exact_statistics(model, few(x))
    labels = predict_labels(model, x)
    sizes = labels.bincount(minlength=len(model.codes))
    order = sizes.argsort(descending=True, stable=True)
    model.renumber(order)
    return model, order.argsort()[labels]


class StopForward(Exception):
    """Raised when the data arrive at a layer, to skip the layers that follow."""


@torch.no_grad()
def set_exact_statistics(model, x):
    """Set the statistics of BatchNorm to those of the samples, layer by layer.

    The input of a layer depends on the statistics of the previous layers, so layers are
    processed in the order of the data flow, with one chunk of samples at a time. The
    latent variable is sampled as in training, since its mean has a smaller variance.
    The most probable clusters are decoded.
    """
    for layer in normalisations(model, x[:2]):
        count, total, squares = 0, 0.0, 0.0

        def pool(_, inputs):
            nonlocal count, total, squares
            rows = inputs[0].movedim(1, -1).flatten(0, -2).double()
            count += len(rows)
            total = total + rows.sum(0)
            squares = squares + rows.square().sum(0)
            raise StopForward

        hook = layer.register_forward_pre_hook(pool)
        random = Stream(0)
        for chunk in chunks(x):
            with suppress(StopForward):
                enumerated_terms(model, chunk, random, N_CODES)
        hook.remove()
        mean = total / count
        layer.running_mean.copy_(mean)
        layer.running_var.copy_((squares / count - mean.square()).clamp(min=0))


def normalisations(model, x):
    """Return the BatchNorm layers in the order in which the data reach them."""
    order = []
    hooks = [
        module.register_forward_pre_hook(lambda layer, _: order.append(layer))
        for module in model.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm)
        and module.track_running_stats
    ]
    enumerated_terms(model, x)
    for hook in hooks:
        hook.remove()
    return list(dict.fromkeys(order))


@torch.no_grad()
def predict_labels(model, x):
    """Predict the most probable cluster of every sample."""
    return torch.cat([model.log_assignment(chunk).argmax(1) for chunk in chunks(x)])


@torch.no_grad()
def mean_terms(model, x):
    """Compute the mean terms of the objective, without noise."""
    sums, log_q = 0.0, []
    for chunk in chunks(x):
        terms = enumerated_terms(model, chunk, n_codes=N_CODES)
        sums = sums + terms.per_sample().sum(1)
        log_q.append(model.log_assignment(chunk))
    return LossTerms(*(sums / len(x)), balance(torch.cat(log_q)))


def check_shapes(recipe, mask, tensors):
    """Check that a recipe of networks has the shapes of the saved tensors."""
    expected = MixtureVAE.build(*recipe, mask, device="meta").state_dict()
    shapes = {name: tensor.shape for name, tensor in expected.items()}
    if shapes != {name: tensor.shape for name, tensor in tensors.items()}:
        raise ValueError("The saved networks do not have the shapes of their recipe.")


class FittedModel:
    """A trained model with numpy arrays as input and output, in units of X.

    Parameters
    ----------
    networks : MixtureVAE
        Output of `freeze`.
    representation : Representation
        Conversion of rows of X to inputs of the networks.
    """

    def __init__(self, networks, representation):
        self.networks = networks
        self.representation = representation

    def __getstate__(self):
        """Describe the networks by numpy arrays, without torch objects."""
        tensors = self.networks.state_dict()
        return {
            "representation": self.representation,
            "recipe": self.networks.recipe,
            "arrays": {name: tensor.cpu().numpy() for name, tensor in tensors.items()},
        }

    def __setstate__(self, state):
        """Rebuild the networks from the arrays."""
        self.representation, mask = state["representation"], None
        if self.representation.mask is not None:
            mask = torch.from_numpy(self.representation.mask)
        arrays = state["arrays"]
        tensors = {
            name: torch.tensor(array, device="cpu") for name, array in arrays.items()
        }
        if type(state["recipe"][0]) in (DenseNetworks, ConvNetworks):
            check_shapes(state["recipe"], mask, tensors)  # before memory is needed
        networks = MixtureVAE.build(*state["recipe"], mask).to(tensors["codes"].dtype)
        networks.load_state_dict(tensors)
        self.networks = networks.requires_grad_(False).eval()

    def log_assignment(self, rows):
        """Compute the logarithm of q(k|x), shape (n, K)."""
        x = self.representation.encode(rows)
        return self._compute(self.networks.log_assignment, x).astype(float)

    def posterior_mean(self, rows):
        """Average the means of q(z|x,k) with weights q(k|x), shape (n, latent_dim)."""
        return self._compute(self._posterior_mean, self.representation.encode(rows))

    def decode(self, z):
        """Compute the mean of p(x|z) for z of shape (n, latent_dim)."""
        decoded = self._compute(self.networks.decode, z)
        return self.representation.decode(decoded)

    def lower_bound(self, rows, gamma_categorical, gamma_latent):
        """Compute the evidence lower bound of every sample, shape (n,).

        The expectation over z is replaced by the value at the mean of z. The squared
        error includes the part of X outside the networks' input.
        """
        x, unexplained = self.representation.split(rows)
        terms = self._compute(self._sample_terms, x)
        loss = terms @ [1, gamma_categorical, gamma_latent]
        return -(loss + unexplained / 2)

    @torch.no_grad()
    def components(self):
        """Return mean and variance of p(z|k), each of shape (K, latent_dim)."""
        with threads_for(self.representation.input_kind):
            mean, log_var = self.networks.prior(self.networks.codes)
        return mean.double().numpy(), log_var.double().exp().numpy()

    def _sample_terms(self, x):
        return enumerated_terms(self.networks, x).per_sample().T

    def _posterior_mean(self, x):
        mean, _ = self.networks.encode(x, self.networks.all_codes())
        return (self.networks.log_assignment(x).exp()[..., None] * mean).sum(1)

    @torch.no_grad()
    def _compute(self, function, array):
        """Apply a function of tensors to chunks of an array."""
        kind = self.representation.input_kind
        with threads_for(kind), torch.autocast("cpu", enabled=False):
            x = torch.tensor(array, dtype=self.networks.codes.dtype, device="cpu")
            return torch.cat([function(chunk) for chunk in chunks(x)]).numpy()
