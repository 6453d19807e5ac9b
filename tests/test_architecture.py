"""Layers: a package imports packages of lower layers only, and the core knows nothing of the pages."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"errors"},
    {"arguments", "env", "files", "formulas", "paths", "streams"},
    {"augment", "data", "images", "latent_spec", "losses", "nets", "penalties", "series"},
    {"animation", "families"},
    {"models", "training"},
    {"evaluation", "exchange", "latent"},
    {"runs"},
    {"figures", "server"},
    {"cli", "warmup"},
    {"__init__", "__main__"},
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


def imports_of(package: str) -> list[tuple[Path, str]]:
    """Every import in a package: the file and the module that it imports."""
    return [(path, module) for path in files_of(package) for module in sorted(imported_by(path))]


def goes_down(path: Path, module: str) -> bool:
    """Whether an import of `gan_core` stays in its own part or goes to a lower layer."""
    part, other = path.parts[1].removesuffix(".py"), module.split(".")[1]
    return other == part or LAYER_OF[other] < LAYER_OF[part]


def test_imports_go_down_only():
    core = [(path, module) for path, module in imports_of("gan_core") if module.startswith("gan_core.")]
    assert len(core) > 300
    assert [(str(path), module) for path, module in core if not goes_down(path, module)] == []


def test_the_core_imports_no_page():
    forbidden = {"streamlit", "pages"}
    found = [(str(path), module) for path, module in imports_of("gan_core") if module.split(".")[0] in forbidden]
    assert found == []


def test_pages_leave_databases_and_threads_to_the_core():
    forbidden = {"sqlite3", "threading", "multiprocessing", "torch.nn", "torch.optim"}
    assert [(str(path), module) for path, module in imports_of("pages") if module in forbidden] == []


def test_the_core_works_without_streamlit_and_loads_no_compiler():
    """Importing torchvision's models, or torch's compiler, would double the time to the first line of a command."""
    code = """
import sys, gan_core.figures
from gan_core.cli.commands import COMMANDS, load_command
for name in COMMANDS:
    load_command(name)
print(*{"streamlit", "torchvision", "torch._dynamo"} & set(sys.modules))
"""
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split() == []
