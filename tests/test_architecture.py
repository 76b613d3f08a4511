"""Imports between the parts of the package."""

import ast
from pathlib import Path

from architecture import LIBRARIES, MAY_IMPORT, MAY_IMPORT_WHEN_CALLED, SHARED

import skvaeclust

ROOT = Path(skvaeclust.__file__).parent
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
TREES = {
    path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(ROOT.rglob("*.py"))
}


def part_of(path):
    return path.parts[0].removesuffix(".py")


def resolve(node, path):
    """Return the full names of the modules that an import statement loads."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    parents = ["skvaeclust", *path.parent.parts]
    above = parents[: len(parents) - node.level + 1] if node.level else []
    module = ".".join([*above, *filter(None, [node.module])])
    if module != "skvaeclust":
        return [module]
    names = [alias.name for alias in node.names if alias.name != "__version__"]
    return [
        f"skvaeclust.{name}"
        if name in SHARED | set(MAY_IMPORT)
        else getattr(skvaeclust, name).__module__
        for name in names
    ]


def imports():
    """Yield the importing file, the imported module, and whether a function does it."""
    for path, tree in TREES.items():
        delayed = {
            id(inner)
            for outer in ast.walk(tree)
            if isinstance(outer, FUNCTIONS)
            for inner in ast.walk(outer)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for module in resolve(node, path):
                    yield path, module, id(node) in delayed


def test_every_part_is_in_the_table():
    parts = {part_of(path) for path in TREES} - {"__init__"}
    assert parts == SHARED | set(MAY_IMPORT)


def test_imports_inside_the_package():
    wrong = []
    for path, module, delayed in imports():
        package, *parts = module.split(".")
        if package != "skvaeclust" or not parts:
            continue
        part = part_of(path)
        allowed = {part} | (
            {"_arguments", "_components", "_limits", "_memory", "_threads", "_words"}
            if part in SHARED
            else SHARED | MAY_IMPORT.get(part, set())
        )
        if delayed:
            allowed |= MAY_IMPORT_WHEN_CALLED.get(part, set())
        if parts[0] not in allowed:
            wrong.append(f"{path} imports {module}")
    assert wrong == []


def test_imports_of_libraries():
    wrong = [
        f"{path} imports {module}"
        for path, module, _ in imports()
        if part_of(path) not in LIBRARIES.get(module.split(".")[0], {part_of(path)})
    ]
    assert wrong == []


def test_no_cycles():
    """Every part can be placed above all that it imports."""
    remaining = {part: set(imported) for part, imported in MAY_IMPORT.items()}
    while remaining:
        lowest = {part for part in remaining if not remaining[part] & set(remaining)}
        assert lowest, f"cycle among {sorted(remaining)}"
        remaining = {part: remaining[part] for part in remaining if part not in lowest}
