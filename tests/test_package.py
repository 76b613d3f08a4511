"""Tests of the public names of the package, and of what importing them loads."""

import re
import subprocess
import sys
from pathlib import Path

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


ROOT = Path(skvaeclust.__file__).parents[1]


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("CITATION.cff", r"^version: (.+)$"),
        ("CHANGELOG.md", r"^## \[(.+?)\]"),
        ("docs/citing.rst", r"version = \{(.+?)\}"),
    ],
)
def test_files_name_the_present_version(file, pattern):
    text = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(pattern, text, re.MULTILINE)[1] == skvaeclust.__version__


def test_type_checkers_find_the_types():
    assert (ROOT / "skvaeclust" / "py.typed").exists()
    stub = (ROOT / "skvaeclust" / "__init__.pyi").read_text(encoding="utf-8")
    assert {*re.findall(r"import \w+ as (\w+)", stub)} == {*skvaeclust.__all__}
