"""What is imported is declared, and it is declared once: the requirements files say what `pyproject.toml` says."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
OPTIONAL = [requirement for name in ("video", "onnx", "celeba", "heic") for requirement in EXTRAS[name]]
BASE = PYPROJECT["project"]["dependencies"]
CORE = PYPROJECT["dependency-groups"]["core"]
HOST = {"IPython"}  # imported inside of a notebook only, which runs in it
APP_ALONE = {"streamlit", "starlette", "plotly", "babel"}

SOURCES = [
    path.relative_to(ROOT)
    for place in ("app.py", "gan_core", "pages", "bench", "tests")
    for path in ([ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py")))
]
OWN = {"app", "bench", "gan_core", "pages", "tests"} | {path.stem for path in SOURCES if path.parts[0] == "tests"}


def project(requirement: str) -> str:
    """The project that a requirement names, as package indexes spell it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def projects(requirements: list[str]) -> set[str]:
    return {project(requirement) for requirement in requirements}


def extra(name: str) -> list[str]:
    """The requirements of an extra, without the project itself, by which it takes in other extras."""
    return [requirement for requirement in EXTRAS[name] if project(requirement) != "gan-workshop"]


def lines_of(name: str) -> list[str]:
    return [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line]


@cache
def who_provides() -> dict[str, set[str]]:
    return {module: projects(names) for module, names in packages_distributions().items()}


def imported(path: Path, *, when_loaded: bool = False) -> set[str]:
    """Other people's packages that a file imports. when_loaded: leaving out what a function imports when called"""
    found, nodes = set(), [ast.parse((ROOT / path).read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split(".")[0])
        elif not (when_loaded and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            nodes += ast.iter_child_nodes(node)
    return found - sys.stdlib_module_names - OWN - HOST


def undeclared(paths: list[Path], declared: set[str], *, when_loaded: bool = False) -> dict[str, set[str]]:
    """`{file: modules}` that no declared project provides."""
    missing = {
        path.as_posix(): {
            module
            for module in imported(path, when_loaded=when_loaded)
            if not who_provides().get(module, {project(module)}) & declared
        }
        for path in paths
    }
    return {path: modules for path, modules in missing.items() if modules}


def test_what_the_app_imports_is_declared():
    app = [path for path in SOURCES if path.parts[0] in ("app.py", "gan_core", "pages")]
    assert not undeclared(app, projects(BASE), when_loaded=True)
    assert not undeclared(app, projects(BASE + OPTIONAL))


def test_what_tests_and_benchmarks_import_is_declared():
    others = [path for path in SOURCES if path.parts[0] in ("bench", "tests")]
    assert not undeclared(others, projects(BASE + OPTIONAL + extra("test")))


def test_the_core_loads_with_its_own_packages():
    core = [path for path in SOURCES if path.parts[0] == "gan_core" and "figures" not in path.parts]
    core.remove(Path("gan_core/warmup.py"))  # only the app draws figures and warms up
    assert not undeclared(core, projects(CORE), when_loaded=True)


def test_the_measure_sees_what_is_not_declared():
    files = [Path("app.py"), Path("gan_core/animation.py")]
    assert undeclared(files, projects(CORE)) == {"app.py": {"streamlit"}, "gan_core/animation.py": {"av"}}


def test_the_core_is_the_app_without_its_pages():
    assert [requirement for requirement in BASE if project(requirement) not in APP_ALONE] == CORE


def test_requirements_files_repeat_the_project():
    assert lines_of("requirements.txt") == BASE + extra("video")
    assert lines_of("requirements-test.txt") == ["-r requirements.txt", *extra("onnx"), *extra("test")]


def test_the_container_takes_the_same_torch():
    torch = [f'"{requirement}"' for requirement in BASE if project(requirement) in ("torch", "torchvision")]
    assert " ".join(torch) in (ROOT / "Dockerfile").read_text(encoding="utf-8")
