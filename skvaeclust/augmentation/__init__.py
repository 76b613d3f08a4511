"""Augmenters, which add noisy or modified copies to the samples."""

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
