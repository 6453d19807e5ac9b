"""Record the runs on which the rules of `gan_core.evaluation.health` are tested: healthy ones and broken ones.

python -m bench record_health                  # all of them, some minutes on one core
python -m bench record_health broken           # or: healthy; or names, such as broken-collapse-0
"""

from __future__ import annotations

import argparse
import json
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from gan_core.errors import RunError
from gan_core.evaluation import online
from gan_core.families import RunConfig, all_failure_demos, failure_demo_config, preset_config
from gan_core.runs import RunStore, StoredRun, train

FOLDER = Path(__file__).parents[1] / "tests" / "evaluation" / "recordings"
SEEDS = (0, 1)
POINTS = 150  # of each curve, at even steps, so that their spread stays what it was

# The presets of the families, narrow and cut short.
HEALTHY = {
    "vanilla": {"steps": 1000},
    "dcgan": {"steps": 400, "base_channels": 16},
    "wgan": {"steps": 300},
    "wgan_gp": {"steps": 200},
    "lsgan": {"steps": 400, "base_channels": 16},
    "sngan": {"steps": 300, "base_channels": 16},
    "infogan": {"steps": 300, "base_channels": 16},
    "ebgan": {"steps": 900},
}


def configs() -> dict[str, RunConfig]:
    """Every run to record, by the name of its file."""
    runs = {}
    for seed in SEEDS:
        for name, settings in HEALTHY.items():
            every = {"snapshot_every": settings["steps"] // 12}
            runs[f"healthy-{name}-{seed}"] = preset_config(name, seed=seed, threads=1, **every, **settings)
        for name in all_failure_demos():
            runs[f"broken-{name}-{seed}"] = failure_demo_config(name, seed=seed, threads=1)
    return runs


def record(config: RunConfig) -> dict:
    """Train it and keep what the rules look at."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        with suppress(RunError):  # a run may fail: that is what some of them are for
            train(config, store=store)
        view = StoredRun(store, store.list()[0].id)
        curves = view.metrics(max(4, config.steps))
        return {
            "config": config.model_dump(exclude_defaults=True),
            "error": view.run.error,
            "series": {name: thinned(curve.steps, curve.values) for name, curve in curves.items()},
            "readings": [rounded(reading) for reading in view.readings()],
        }


def thinned(steps: np.ndarray, values: np.ndarray) -> dict[str, list]:
    """A curve at even steps, in three digits."""
    every = slice(None, None, -(-len(steps) // POINTS))
    return {"steps": steps[every].tolist(), "values": [float(f"{value:.3g}") for value in values[every]]}


def rounded(reading: online.QualitySample) -> dict:
    """A reading as JSON, in few digits."""
    values = replace(reading, frechet=round(reading.frechet, 1), real_vs_real=round(reading.real_vs_real, 1)).to_dict()
    values["class_share"] = {name: round(share, 3) for name, share in values["class_share"].items()}
    return {**values, "diversity": round(reading.diversity, 3)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("wanted", nargs="*", help="beginnings of names")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    wanted = tuple(options.wanted)
    online.MAX_COST = 1.0  # a reading with every snapshot, whatever the share of the time
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, config in configs().items():
        if not wanted or name.startswith(wanted):
            path = FOLDER / f"{name}.json"
            path.write_text(json.dumps(record(config), separators=(",", ":")) + "\n", encoding="utf-8")
            print(f"{name}: {path.stat().st_size / 1000:.0f} kB", flush=True)
