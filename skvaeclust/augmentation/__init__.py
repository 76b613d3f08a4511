"""Augmentation: noisy copies along principal components, and other means."""

from skvaeclust.augmentation._base import BaseAugmenter
from skvaeclust.augmentation._geometry import (
    CutOutAugmenter,
    RotationAugmenter,
    ZoomAugmenter,
)
from skvaeclust.augmentation._noise import (
    IsotropicNoiseAugmenter,
    PCScaledNoiseAugmenter,
    PCUniformNoiseAugmenter,
)

__all__ = [
    "BaseAugmenter",
    "CutOutAugmenter",
    "IsotropicNoiseAugmenter",
    "PCScaledNoiseAugmenter",
    "PCUniformNoiseAugmenter",
    "RotationAugmenter",
    "ZoomAugmenter",
]
