"""Commands that list what there is: families, datasets, runs."""

from __future__ import annotations

from gan_core.cli.shared import JsonOption, show
from gan_core.data import DATASETS
from gan_core.families import FAMILIES
from gan_core.runs import RunStore


def families(as_json: JsonOption = False) -> None:
    """List the GAN families."""
    rows = [
        {
            "name": family.name,
            "title": family.title,
            "conditional": family.conditional,
            "options": sorted(family.options.model_fields),
            "paper": family.paper,
            "summary": family.summary,
        }
        for family in FAMILIES.values()
    ]
    show(rows, ["name", "title", "options", "paper"], as_json)


def datasets(as_json: JsonOption = False) -> None:
    """List the datasets."""
    rows = [
        {
            "name": spec.name,
            "title": spec.title,
            "size": spec.image_size,
            "channels": spec.channels,
            "classes": list(spec.class_names),
            "download": spec.needs_download,
            "summary": spec.summary,
        }
        for spec in DATASETS.values()
    ]
    show(rows, ["name", "title", "size", "channels", "summary"], as_json)


def runs(as_json: JsonOption = False) -> None:
    """List the training runs, newest first."""
    rows = [
        {
            "id": run.id,
            "status": str(run.status),
            "family": run.config.family,
            "dataset": run.config.dataset,
            "step": run.step,
            "steps": run.config.steps,
            "seconds": round(run.seconds, 1),
            "images_per_second": round(run.images_per_second or 0.0, 1),
            "device": run.device,
            "error": run.error,
        }
        for run in RunStore().list()
    ]
    show(rows, ["id", "status", "step", "steps", "images_per_second"], as_json)
    if not as_json:
        for row in rows:
            if row["error"]:
                print(f"\n{row['id']}: {row['error']}")
