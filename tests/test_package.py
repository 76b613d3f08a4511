"""Tests of the public names of the package, and of what importing them loads."""

import subprocess
import sys

import pytest

import skvaeclust


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import skvaeclust", {"torch", "pandas", "matplotlib", "sklearn", "xarray"}),
        ("import skvaeclust.sequences", {"torch", "matplotlib", "xarray"}),
        ("import skvaeclust.composites", {"torch", "matplotlib", "xarray"}),
        ("import skvaeclust.datasets", {"torch", "matplotlib", "xarray"}),
        ("import skvaeclust.model_selection", {"torch", "matplotlib", "xarray"}),
        ("import skvaeclust.inspection", {"torch", "xarray"}),
        ("from skvaeclust import PCScaledNoiseAugmenter, save", {"torch", "skops"}),
        ("import skvaeclust.xarray", {"torch", "matplotlib"}),
    ],
)
def test_heavy_libraries_are_loaded_on_first_use(statement, absent):
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    run = [sys.executable, "-c", code]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert not absent & {*loaded.split()}


def test_public_names():
    assert set(skvaeclust.__all__) <= set(dir(skvaeclust))
    for name in skvaeclust.__all__:
        assert getattr(skvaeclust, name).__name__.endswith(name)
    with pytest.raises(AttributeError, match="No skvaeclust attribute Clusterer"):
        _ = skvaeclust.Clusterer
