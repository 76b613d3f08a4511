"""Augmenters: noisy or modified copies of samples."""

from skvaeclust.augmentation._base import BaseAugmenter
from skvaeclust.augmentation._geometry import (
    CutoutAugmenter,
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
    "CutoutAugmenter",
    "IsotropicNoiseAugmenter",
    "PCScaledNoiseAugmenter",
    "PCUniformNoiseAugmenter",
    "RotationAugmenter",
    "ZoomAugmenter",
]
