"""The four distributions of the model as torch modules, and what describes them."""

from skvaeclust._model._specs import ConvNetworks, DenseNetworks, make_networks

__all__ = ["ConvNetworks", "DenseNetworks", "make_networks"]
