"""Sizes of packages, files and functions, and numbers of parameters."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import skvaeclust

ROOT = Path(skvaeclust.__file__).parent
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
TREES = {
    path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(ROOT.rglob("*.py"))
}
PACKAGES = sorted({path.parts[0] for path in TREES if len(path.parts) > 1})
PUBLIC = [
    f"{package}.{name}"
    for package in [
        "skvaeclust",
        *(f"skvaeclust.{name}" for name in PACKAGES if not name.startswith("_")),
    ]
    for name in importlib.import_module(package).__all__
    if callable(getattr(importlib.import_module(package), name))
]


def lines_of(path):
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def test_sizes_of_files():
    lines = {str(path): lines_of(path) for path in TREES}
    assert {path: n for path, n in lines.items() if n > 400} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_sizes_of_packages(package):
    n_lines = sum(lines_of(path) for path in TREES if path.parts[0] == package)
    assert n_lines <= 2500


def test_sizes_of_functions():
    """Functions have at most 50 lines, without the docstring."""
    long = {}
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, FUNCTIONS):
                body = node.body[ast.get_docstring(node) is not None :]
                n_lines = node.end_lineno - body[0].lineno + 1 if body else 0
                if n_lines > 50:
                    long[f"{path}:{node.name}"] = n_lines
    assert long == {}


@pytest.mark.parametrize("name", PUBLIC)
def test_number_of_parameters(name):
    """A public callable has at most 10 parameters, VAEClustering 18."""
    module, _, attribute = name.rpartition(".")
    public = getattr(importlib.import_module(module), attribute)
    callables = {attribute: public}
    if inspect.isclass(public):
        callables |= {
            f"{attribute}.{method}": getattr(public, method)
            for method in vars(public)
            if not method.startswith("_") and callable(getattr(public, method))
        }
    for label, function in callables.items():
        n_parameters = len(inspect.signature(function).parameters.keys() - {"self"})
        limit = 18 if label == "VAEClustering" else 10
        assert n_parameters <= limit, f"{label} has {n_parameters} parameters"
