"""The wheel holds the whole workshop, and what it installs works from any folder.

It goes into a fresh environment that sees the packages of this one. With `INSTALL_DEPENDENCIES=1` pip installs its
dependencies there instead, from the network.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import gan_core
from gan_core.models import library
from tests.helpers.servers import free_port, started

ROOT = Path(__file__).parents[1]
WITH_DEPENDENCIES = os.environ.get("INSTALL_DEPENDENCIES") == "1"

pytestmark = pytest.mark.timeout(3600 if WITH_DEPENDENCIES else 300)

# Draws every page as a visitor would get it, without a browser.
DRAW_PAGES = """
import json, sys
from gan_core.paths import APP
from gan_core.models import library
sys.path.insert(0, str(APP.parent))
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(str(APP.parent / "pages" / "main.py"), default_timeout=120).run()
titles = {}
for name in ("home", "train", "latent", "models"):
    app.switch_page(str(APP.parent / "pages" / f"{name}.py")).run()
    assert not app.exception, app.exception
    titles[name] = app.title[0].value
print(json.dumps([str(APP), titles, library.shipped()]))
"""


def build(what: str, target: Path) -> Path:
    """The "wheel" or "sdist" of this project."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", what, "-d", str(target)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return next(target.iterdir())


def contents(wheel: Path) -> dict[str, int]:
    """Its files with their check sums."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


class Installed:
    """A fresh environment with the wheel in it, and a folder elsewhere to run it from."""

    def __init__(self, wheel: Path, folder: Path):
        venv.create(folder / "env", symlinks=os.name != "nt")
        self.programs = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()
        options = [] if WITH_DEPENDENCIES else ["--no-deps", "--no-index"]
        pip = [sys.executable, "-m", "pip", "--python", str(self.programs / "python"), "install", "-q", *options]
        subprocess.run([*pip, str(wheel)], check=True)
        if not WITH_DEPENDENCIES:
            places = [place for place in sys.path if Path(place).name in ("site-packages", "dist-packages")]
            (self.site_packages / "outer.pth").write_text("\n".join(places), encoding="utf-8")

    @property
    def site_packages(self) -> Path:
        return next(self.programs.parent.rglob("site-packages"))

    def run(self, program: str, *arguments: object) -> str:
        """What it prints."""
        command = [self.programs / program, *map(str, arguments)]
        options = {"cwd": self.elsewhere, "env": outer_environment(), "encoding": "utf-8"}
        return subprocess.run(command, stdout=subprocess.PIPE, check=True, **options).stdout


def outer_environment() -> dict[str, str]:
    """The environment without what points into the repository."""
    return {name: os.environ[name] for name in os.environ if name not in ("PYTHONPATH", "GAN_HOME")}


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("installed")
    yield Installed(wheel, folder)
    shutil.rmtree(folder, ignore_errors=True)  # some gigabytes, with dependencies


def test_it_holds_every_file_of_the_workshop(wheel):
    def files(*names: str) -> set[str]:
        paths = (path for name in names for path in [ROOT / name, *(ROOT / name).rglob("*")])
        return {
            path.relative_to(ROOT).as_posix() for path in paths if path.is_file() and "__pycache__" not in path.parts
        }

    expected = files("gan_core") | {f"gan_workshop/{name}" for name in files("app.py", "pages", "checkpoints")}
    expected |= {"gan_workshop/.streamlit/config.toml"}
    assert {name for name in contents(wheel) if ".dist-info/" not in name} == expected
    assert "gan_core/py.typed" in expected


def test_the_source_distribution_builds_the_same_wheel(wheel, tmp_path):
    source = build("sdist", tmp_path / "sdist")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "-w", str(tmp_path / "again"), str(source)], check=True)
    assert contents(next((tmp_path / "again").iterdir())) == contents(wheel)


def test_site_packages_gets_two_packages_of_our_own(installed):
    ours = {path.name for path in installed.site_packages.iterdir() if path.name.startswith("gan_")}
    assert ours == {"gan_core", "gan_workshop", f"gan_workshop-{gan_core.__version__}.dist-info"}
    assert not {"app.py", "pages", "checkpoints", "tests"} & {path.name for path in installed.site_packages.iterdir()}


@pytest.mark.slow
def test_every_page_is_drawn(installed):
    app, titles, models = json.loads(installed.run("python", "-c", DRAW_PAGES).splitlines()[-1])
    assert Path(app) == installed.site_packages.resolve() / "gan_workshop" / "app.py"
    assert titles == {"home": "Watch a forger learn", "train": "Train", "latent": "Latent space", "models": "Models"}
    assert models == library.shipped()


@pytest.mark.slow
def test_it_trains_and_draws(installed):
    tiny = ["--set", "mlp_size=small", "--set", "batch_size=8", "--device", "cpu"]
    run = installed.run("gan-workshop", "train", "--family", "vanilla", "--steps", 2, *tiny).split()[-1]
    assert (installed.elsewhere / ".gan" / "runs" / run).is_dir()
    installed.run("gan-workshop", "sample", run, "-n", 4, "--out", "grid.png")
    assert (installed.elsewhere / "grid.png").read_bytes().startswith(b"\x89PNG")


def test_the_app_starts_beside_other_projects_and_ends_cleanly(installed, tmp_path):
    for name in ("app.py", "gan_core.py", "pages.py"):
        (tmp_path / name).write_text("raise SystemExit('this is of another project')", encoding="utf-8")
    port = free_port()
    command = [installed.programs / "gan-workshop", "--no-browser", "--port", port, "--address", "127.0.0.1"]
    with started(command, port, tmp_path / "log", cwd=tmp_path, env=outer_environment()) as server:
        health = json.loads(server.get("/api/health"))
        assert b"<title>" in server.get("/latent")
        server.process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
        status = server.process.wait(timeout=30)
    assert (health["status"], health["version"]) == ("ok", gan_core.__version__)
    # Its own `.streamlit/config.toml` was found: else Streamlit would speak of statistics that it gathers.
    assert server.printed() == ["You can now view your Streamlit app in your browser.", f"URL: {server.url}"]
    assert os.name == "nt" or status == -signal.SIGINT
