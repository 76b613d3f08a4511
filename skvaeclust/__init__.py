"""Deep clustering of geophysical fields with a scikit-learn interface."""

from skvaeclust._augmentation import PCScaledNoiseAugmenter
from skvaeclust._networks import ConvNetworks, DenseNetworks
from skvaeclust._rival_augmentation import (
    CutOutAugmenter,
    IsotropicNoiseAugmenter,
    PCUniformNoiseAugmenter,
    RotationAugmenter,
    ZoomAugmenter,
)
from skvaeclust._vae_clustering import VAEClustering

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
