"""Tests of the public names of the package, and of when they are loaded."""

import subprocess
import sys

import pytest

import skvaeclust


def test_torch_is_loaded_with_the_estimator_only():
    code = (
        "import sys, skvaeclust.model_selection, skvaeclust.inspection\n"
        "from skvaeclust import PCScaledNoiseAugmenter, datasets, save\n"
        "assert not {'torch', 'skops', 'xarray'} & {*sys.modules}\n"
        "skvaeclust.VAEClustering\n"
        "assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names():
    assert set(skvaeclust.__all__) <= set(dir(skvaeclust))
    for name in skvaeclust.__all__:
        assert getattr(skvaeclust, name).__name__.endswith(name)
    with pytest.raises(AttributeError, match="no attribute 'Clusterer'"):
        _ = skvaeclust.Clusterer
