"""Deep clustering of geophysical fields with a scikit-learn interface."""

from skvaeclust._augmentation import PCScaledNoiseAugmenter
from skvaeclust._networks import ConvNetworks, DenseNetworks
from skvaeclust._vae_clustering import VAEClustering

__version__ = "0.1.0"

__all__ = [
    "ConvNetworks",
    "DenseNetworks",
    "PCScaledNoiseAugmenter",
    "VAEClustering",
]
