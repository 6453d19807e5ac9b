"""Layers: a package imports packages of lower layers only, and the core knows nothing of the pages."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"errors"},
    {"arguments", "files", "paths", "streams"},
    {"data", "images", "losses", "nets", "penalties"},
    {"animation", "families"},
    {"models", "training"},
    {"evaluation", "exchange", "latent"},
    {"runs"},
    {"figures", "server"},
    {"__init__", "__main__", "warmup"},
]
LAYER_OF = {name: layer for layer, names in enumerate(LAYERS) for name in names}


def files_of(package: str) -> list[Path]:
    """All Python files of a package, relative to the root."""
    return sorted(path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    """Every module that a file imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", files_of("gan_core"), ids=str)
def test_imports_go_down_only(path):
    home = path.parts[1].removesuffix(".py")
    for module in imported_by(path):
        assert module.split(".")[0] not in ("streamlit", "pages"), module
        if module.startswith("gan_core."):
            other = module.split(".")[1]
            assert other == home or LAYER_OF[other] < LAYER_OF[home], f"{home} imports {module}"


@pytest.mark.parametrize("path", files_of("pages"), ids=str)
def test_pages_leave_databases_and_threads_to_the_core(path):
    assert not imported_by(path) & {"sqlite3", "threading", "multiprocessing", "torch.nn", "torch.optim"}


def test_the_core_works_without_streamlit():
    code = "import sys, gan_core.__main__, gan_core.figures; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
