"""Deep clustering of geophysical fields with a scikit-learn interface."""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "VAEClustering": "_vae_clustering",
    "ConvNetworks": "_model",
    "DenseNetworks": "_model",
    "CutoutAugmenter": "augmentation",
    "IsotropicNoiseAugmenter": "augmentation",
    "PCScaledNoiseAugmenter": "augmentation",
    "PCUniformNoiseAugmenter": "augmentation",
    "RotationAugmenter": "augmentation",
    "ZoomAugmenter": "augmentation",
    "load": "_persistence",
    "save": "_persistence",
}
_ROOMS = (
    "augmentation",
    "composites",
    "datasets",
    "inspection",
    "model_selection",
    "sequences",
    "xarray",
)

__all__ = sorted([*_HOMES, *_ROOMS])


def __getattr__(name):
    """Load a public name on first use, since importing torch takes seconds."""
    if name in _ROOMS:
        return import_module(f"skvaeclust.{name}")
    if name in _HOMES:
        return getattr(import_module(f"skvaeclust.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
