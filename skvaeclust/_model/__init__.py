"""Networks of the four distributions of the model, and their descriptions."""

from skvaeclust._model._specs import ConvNetworks, DenseNetworks, make_networks

__all__ = ["ConvNetworks", "DenseNetworks", "make_networks"]
