"""Deep clustering of geophysical fields with a scikit-learn interface."""

from skvaeclust._networks import ConvNetworks, DenseNetworks
from skvaeclust._vae_clustering import VAEClustering
from skvaeclust.augmentation import (
    CutOutAugmenter,
    IsotropicNoiseAugmenter,
    PCScaledNoiseAugmenter,
    PCUniformNoiseAugmenter,
    RotationAugmenter,
    ZoomAugmenter,
)

__version__ = "0.1.0"

__all__ = [
    "ConvNetworks",
    "CutOutAugmenter",
    "DenseNetworks",
    "IsotropicNoiseAugmenter",
    "PCScaledNoiseAugmenter",
    "PCUniformNoiseAugmenter",
    "RotationAugmenter",
    "VAEClustering",
    "ZoomAugmenter",
]
