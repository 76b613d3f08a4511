"""Names and parameters in the documentation exist."""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *sorted(ROOT.glob("docs/*.rst")),
    *sorted(ROOT.glob("docs/guide/*.rst")),
]
PACKAGES = ["", ".composites", ".datasets", ".inspection", ".model_selection"]
PACKAGES += [".sequences", ".verification", ".xarray"]
MODULES = [import_module(f"skvaeclust{name}") for name in PACKAGES]
PUBLIC = {name: getattr(m, name) for m in MODULES for name in m.__all__}
MARKDOWN = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
LITERAL = re.compile(
    r"^(?:(?! *\.\. ).*::|.*\.\. code-block:: python)\n\n(( +)\S.*\n(?:\2.*\n|\n)*)",
    re.M,
)


def blocks_of(page):
    """Return the blocks of Python code of a page."""
    text = page.read_text(encoding="utf-8")
    pattern = MARKDOWN if page.suffix == ".md" else LITERAL
    blocks = [dedent(match[1]) for match in pattern.finditer(text)]
    return [block for block in blocks if not block.startswith("pip ")]


def called(function):
    """Return the public object that a call in the documentation refers to."""
    match function:
        case ast.Name(id=name):
            return PUBLIC.get(name)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            owner = MODULES[0] if name == "skvaeclust" else PUBLIC.get(name)
            return getattr(owner, attribute) if owner else None
    return None


def wrong_calls(code):
    """Return the calls of public objects with arguments that they do not accept."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call) or (target := called(node.func)) is None:
            continue
        keywords = {k.arg: None for k in node.keywords if k.arg}
        try:
            inspect.signature(target).bind(*node.args, **keywords)
        except TypeError as error:
            yield f"{ast.unparse(node)}: {error}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_and_parameters_exist(page):
    for name in re.findall(r"`~?(skvaeclust[\w.]+)`", page.read_text(encoding="utf-8")):
        resolve_name(name)
    for code in blocks_of(page):
        assert list(wrong_calls(code)) == []


def test_wrong_code_is_found():
    assert sum(len(blocks_of(page)) for page in PAGES) > 50
    code = "VAEClustering(4, restarts=3)\nforecast_skill(q)\nMapGrid(x, y, units='m')"
    assert len(list(wrong_calls(code))) == 2
