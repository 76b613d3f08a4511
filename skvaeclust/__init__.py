"""Deep clustering of geophysical fields with a scikit-learn interface."""

import lazy_loader

__version__ = "0.1.0"

# Names load on first use, since importing torch takes seconds.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "augmentation",
        "composites",
        "datasets",
        "inspection",
        "model_selection",
        "sequences",
        "verification",
        "xarray",
    ],
    submod_attrs={
        "_model": ["ConvNetworks", "DenseNetworks"],
        "_persistence": ["load", "save"],
        "_random_init": ["RandomInit"],
        "_vae_clustering": ["VAEClustering"],
        "augmentation": [
            "CutoutAugmenter",
            "IsotropicNoiseAugmenter",
            "PCScaledNoiseAugmenter",
            "PCUniformNoiseAugmenter",
            "RotationAugmenter",
            "ZoomAugmenter",
        ],
    },
)
