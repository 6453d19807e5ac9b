"""The server is warm before its first visitor. In a process of its own: freezing and thread counts are for good."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REPORT = """
import gc, json, os, sys

class Watch:
    policy = "torch was not imported"
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            Watch.policy = os.environ.get("OMP_WAIT_POLICY")

sys.meta_path.insert(0, Watch())
import app
app.warm_up()
import torch
print(json.dumps({
    "policy": Watch.policy,
    "frozen": gc.get_freeze_count(),
    "tracked": len(gc.get_objects()),
    "threads": torch.get_num_threads(),
    "dynamo": "torch._dynamo" in sys.modules,
    "plotly": "plotly.graph_objects" in sys.modules,
}))
"""


@pytest.fixture(scope="module")
def report() -> dict:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    result = subprocess.run(
        [sys.executable, "-c", REPORT], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=True
    )
    return json.loads(result.stdout.splitlines()[-1])


def test_the_collector_has_little_left_to_walk_through(report):
    assert report["frozen"] > 100_000
    assert report["tracked"] < report["frozen"] / 100


def test_openmp_threads_sleep_while_they_wait(report):
    assert report["policy"] == "PASSIVE"  # when torch was imported, not merely by now


def test_page_threads_compute_alone(report):
    assert report["threads"] == 1


def test_nothing_heavy_is_left_to_load(report):
    assert report["dynamo"]
    assert report["plotly"]
