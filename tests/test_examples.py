"""The examples run: the script, and the notebook from top to bottom in a real kernel."""

import os
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.data import keep_few_strokes

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "examples" / "first_steps.ipynb"
FEW_STEPS = 4


def read():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> list[dict]:
    """What each code cell shows as its value or displays, by MIME type."""
    notebook = read()
    for cell in notebook.cells:
        cell.source = cell.source.replace("STEPS = 300", f"STEPS = {FEW_STEPS}")
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_HOME", str(folder / "home"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])))
        keep_few_strokes()
        nbclient.NotebookClient(notebook, timeout=200, kernel_name="python3").execute(cwd=str(folder))
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [{kind: text for out in cell.outputs for kind, text in out.get("data", {}).items()} for cell in cells]


def test_it_is_kept_without_results():
    assert all(not cell.outputs and cell.execution_count is None for cell in read().cells if cell.cell_type == "code")


def test_training_shows_a_bar_and_the_run(shown):
    html = shown[1]["text/html"]
    assert "finished" in html
    assert f"{FEW_STEPS} of {FEW_STEPS}" in html


def test_curves_are_a_figure(shown):
    assert "application/vnd.plotly.v1+json" in shown[2]


@pytest.mark.parametrize("cell", [3, 4, 5, 6])
def test_samples_and_sheets_are_pictures(shown, cell):
    assert shown[cell]["image/png"].startswith("iVBORw0KGgo")  # base64 of the first bytes of a PNG file


def test_the_minimal_script_trains_and_draws(tmp_path, monkeypatch, capsys, one_thread):
    path = tmp_path / "samples.png"
    monkeypatch.setattr(sys, "argv", ["minimal.py", "--family", "vanilla", "--steps", "3", "--out", str(path)])
    runpy.run_path(str(ROOT / "examples" / "minimal.py"), run_name="__main__")
    steps, saved = capsys.readouterr().out.splitlines()
    assert steps.startswith("step 3: ")
    assert saved == f"64 samples in {path}"
    with Image.open(path) as picture:
        assert picture.size == (8 * (28 + 2) + 2,) * 2
        assert len(np.unique(np.asarray(picture))) > 20
