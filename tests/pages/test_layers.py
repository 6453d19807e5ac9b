"""Imports among the pages go one way: a page, what belongs to it alone, browser components, what all of them share."""

import ast
from pathlib import Path

import pytest

from tests.test_architecture import ROOT, files_of, imported_by

BELOW = {
    "ui": set(),
    "components": {"ui"},
    "own": {"ui", "components"},
    "inspection": {"ui", "components"},
    "training": {"ui", "components"},
    "library": {"ui", "components"},
    "views": {"ui", "components"},
}
FILES = [path for path in files_of("pages") if len(path.parts) > 2]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_package_imports_only_what_is_below_it(path):
    package = path.parts[1]
    others = {name.split(".")[1] for name in imported_by(path) if name.startswith("pages.")}
    assert others <= {package, *BELOW[package]}


def test_no_two_modules_import_each_other_in_a_circle():
    modules = {".".join(path.with_suffix("").parts): path for path in files_of("pages")}
    waiting = {name: _imported_modules(path, modules) - {name} for name, path in modules.items()}
    while ready := {name for name, needed in waiting.items() if not needed & waiting.keys()}:
        waiting = {name: needed for name, needed in waiting.items() if name not in ready}
    assert sorted(waiting) == []


def _imported_modules(path: Path, modules: dict[str, Path]) -> set[str]:
    """Those of `modules` that a file imports, as modules or for names in them."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & modules.keys()
