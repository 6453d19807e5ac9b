"""The core works where Streamlit, Plotly, Babel and PyAV are not installed: it trains, draws, measures, imports."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch import nn

import gan_core
from gan_core.errors import WorkshopError
from tests.helpers.data import keep_few_strokes

ROOT = Path(__file__).parents[1]

# Runs one command after another in one process, since each would spend seconds on importing torch.
WITHOUT_THE_APP = """
import json, sys
sys.modules.update(dict.fromkeys(["streamlit", "starlette", "plotly", "babel", "av"]))  # importing them fails now
from gan_core.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as end:
        print(end.code or 0, flush=True)
"""
TINY = ["--dataset", "strokes", "--set", "base_channels=4", "--set", "batch_size=8", "--device", "cpu"]


def run_without_the_app(*commands: list[str]) -> subprocess.CompletedProcess:
    """The output has the exit status of each command after what the command printed."""
    program = [sys.executable, "-c", WITHOUT_THE_APP, json.dumps(commands)]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)


@pytest.fixture
def someone(tmp_path) -> Path:
    """A generator of somebody's script."""
    generator = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 784), nn.Tanh())
    path = tmp_path / "someone.pth"
    torch.save(generator.state_dict(), path)
    return path


def test_the_command_line(tmp_path, someone):
    keep_few_strokes()
    grid, sheet, model = tmp_path / "grid.png", tmp_path / "sheet.png", tmp_path / "model.safetensors"
    done = run_without_the_app(
        ["train", "--family", "dcgan", "--steps", "2", *TINY],
        ["sample", "mnist-dcgan", "-n", "4", "--out", str(grid)],
        ["sweep", "mnist-dcgan", "--out", str(sheet)],
        ["evaluate", "mnist-cdcgan", "--dataset", "strokes", "-n", "512", "--json"],
        ["import", str(someone), "--out", str(tmp_path)],
        ["export", str(tmp_path / "someone.safetensors"), "--out", str(model)],
        ["app", "--no-browser"],
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("dcgan-strokes-")
    assert [line for line in lines if line.isdigit()] == ["0"] * 6 + ["2"], done.stderr
    assert Image.open(grid).size == (4 * 56 + 5 * 2, 56 + 2 * 2)
    assert np.asarray(Image.open(sheet)).std() > 10
    assert '"frechet"' in done.stdout
    assert done.stderr.endswith("error: the app needs more packages: pip install streamlit plotly babel\n")
    with safe_open(model, framework="pt") as file:
        assert any(name.endswith("weight") for name in file.keys())  # noqa: SIM118 (no mapping)


def test_figures_say_what_they_need(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[:2] == ["gan_core", "figures"]]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "plotly", None)  # importing it fails now
    with pytest.raises(WorkshopError, match="figures need one more package: pip install plotly"):
        _ = gan_core.curves_of
