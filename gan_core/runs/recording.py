"""Recordings: the curves and pictures of a finished run in one small file, to be looked at anywhere.

A page shows a recording exactly as it shows a live run, through the same `RunView`.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image

from gan_core.arguments import as_path
from gan_core.errors import CheckpointError, Message
from gan_core.evaluation import QualitySample
from gan_core.families import RunConfig
from gan_core.files import atomic_path
from gan_core.images import to_image_arrays
from gan_core.runs.run import Run, Status
from gan_core.runs.snapshots import Neighbors, Snapshot
from gan_core.runs.store import RunStore
from gan_core.series import Series

MAX_POINTS = 600
MAX_SNAPSHOTS = 24
JPEG_QUALITY = 90  # of snapshots in color; without loss those of one run would take twenty megabytes


class RunView(Protocol):
    """What is needed to show a run."""

    @property
    def run(self) -> Run:
        """The run."""
        ...

    def metrics(self, max_points: int, first_step: int | None = None) -> dict[str, Series]:
        """`{name: curve}` of at most `max_points` each, of all steps or from one on."""
        ...

    def snapshot_steps(self) -> list[int]:
        """The steps of which there is a snapshot, increasing."""
        ...

    def snapshot(self, step: int | None = None) -> Snapshot:
        """The snapshot of a step, by default the latest."""
        ...

    def readings(self) -> list[QualitySample]:
        """The measurements of quality, increasing in step."""
        ...

    def neighbors(self, step: int) -> Neighbors | None:
        """The training images nearest to those of a snapshot; None where they were not looked for."""
        ...

    def copy_rates(self) -> Series:
        """The share of copies of training images in each snapshot; empty where they were not looked for."""
        ...

    def notes(self) -> list[Message]:
        """Remarks on the data and the training, a line each."""
        ...


@dataclass(frozen=True)
class StoredRun:
    """A run in a store, as it stands when it is asked."""

    store: RunStore
    run_id: str

    @property
    def run(self) -> Run:
        """The run."""
        return self.store.get(self.run_id)

    def metrics(self, max_points: int, first_step: int | None = None) -> dict[str, Series]:
        """`{name: curve}`; see `RunStore.metrics`."""
        return self.store.metrics(self.run_id, max_points, first_step)

    def snapshot_steps(self) -> list[int]:
        """The steps of which there is a snapshot, increasing."""
        return self.store.snapshot_steps(self.run_id)

    def snapshot(self, step: int | None = None) -> Snapshot:
        """The snapshot of a step, by default the latest."""
        return self.store.snapshot(self.run_id, step)

    def readings(self) -> list[QualitySample]:
        """The measurements of quality, increasing in step."""
        return self.store.readings(self.run_id)

    def neighbors(self, step: int) -> Neighbors | None:
        """The training images nearest to those of a snapshot."""
        return self.store.neighbors(self.run_id, step)

    def copy_rates(self) -> Series:
        """The share of copies in each snapshot."""
        return self.store.copy_rates(self.run_id)

    def notes(self) -> list[Message]:
        """Remarks on the data and the training, a line each."""
        return self.store.notes(self.run_id)


@dataclass(frozen=True)
class Recording:
    """A finished run, read from a file.

    Attributes:
        run: As it was recorded.
        curves: `{name: curve}`.
        snapshots: Increasing in step.
        quality: Measurements of quality, increasing in step; none in files of early versions.
    """

    run: Run
    curves: dict[str, Series]
    snapshots: tuple[Snapshot, ...]
    quality: tuple[QualitySample, ...] = ()

    def metrics(self, max_points: int, first_step: int | None = None) -> dict[str, Series]:
        """`{name: curve}`, of all steps or from one on.

        A recording has few points, so it gives at least the last fifth of them.
        """
        start = 0 if first_step is None else min(first_step, self.run.step - self.run.step // 5 + 1)
        return {name: series.since(start).downsampled(max_points) for name, series in self.curves.items()}

    def snapshot_steps(self) -> list[int]:
        """The steps of which there is a snapshot, increasing."""
        return [snapshot.step for snapshot in self.snapshots]

    def snapshot(self, step: int | None = None) -> Snapshot:
        """The snapshot of a step, by default the latest."""
        return self._by_step[step] if step is not None else self.snapshots[-1]

    def readings(self) -> list[QualitySample]:
        """The measurements of quality, increasing in step."""
        return list(self.quality)

    def neighbors(self, step: int) -> None:
        """None: training images are their owner's affair, and no recording holds them."""
        return None

    def copy_rates(self) -> Series:
        """Empty."""
        return Series(np.empty(0, np.int64), np.empty(0, np.float32))

    def notes(self) -> list[Message]:
        """Remarks on the data and the training, a line each."""
        return []

    @cached_property
    def _by_step(self) -> dict[int, Snapshot]:
        return {snapshot.step: snapshot for snapshot in self.snapshots}


def save_recording(view: RunView, path: str | Path) -> None:
    """Write a finished run to a file.

    At most `MAX_POINTS` points a curve and `MAX_SNAPSHOTS` snapshots, dense at the start. Gray images are kept as they
    are, those in color as JPEG.

    Args:
        view: The run.
        path: A file, .npz.
    """
    run = view.run
    steps = view.snapshot_steps()
    # Most happens early, so the kept snapshots are spaced by their square root.
    wanted = np.linspace(0, 1, min(MAX_SNAPSHOTS, len(steps))) ** 2 * (len(steps) - 1)
    kept = [view.snapshot(steps[index]) for index in sorted(set(wanted.round().astype(int).tolist()))]
    facts = {
        "id": run.id,
        "name": run.name,
        "config": run.config.replace(data_path=None).to_json(),  # a path is its owner's affair
        "step": run.step,
        "created_at": run.created_at,
        "seconds": run.seconds,
        "images_per_second": run.images_per_second,
        "device": run.device,
        "columns": kept[0].columns,
        "readings": [reading.to_dict() for reading in view.readings()],
    }
    arrays: dict[str, Any] = {"snapshot_steps": np.array([snapshot.step for snapshot in kept])}
    if run.config.channels == 1:
        arrays["snapshots"] = torch.stack([snapshot.images for snapshot in kept]).numpy()
    else:
        for snapshot in kept:
            arrays[f"jpeg/{snapshot.step}"] = np.frombuffer(_jpeg(snapshot.images), np.uint8)
    for name, series in view.metrics(MAX_POINTS).items():
        arrays[f"steps/{name}"], arrays[f"values/{name}"] = series.steps, series.values
    with atomic_path(as_path(path, "path")) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, facts=np.array(json.dumps(facts)), **arrays)


def _jpeg(images: torch.Tensor) -> bytes:
    """Images uint8 (N, 3, S, S) below each other in one JPEG file."""
    buffer = io.BytesIO()
    strip = to_image_arrays(images).reshape(-1, images.shape[-1], 3)
    Image.fromarray(strip).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def _from_jpeg(jpeg: bytes) -> torch.Tensor:
    """The images uint8 (N, 3, S, S) of a file that `_jpeg` made."""
    strip = np.asarray(Image.open(io.BytesIO(jpeg)))
    side = strip.shape[1]
    return torch.from_numpy(strip.reshape(-1, side, side, 3).transpose(0, 3, 1, 2).copy())


def load_recording(path: str | Path) -> Recording:
    """Read a file that `save_recording` wrote.

    Raises:
        CheckpointError: It is another file.
    """
    path = as_path(path, "path")
    try:
        with np.load(path, allow_pickle=False) as file:
            facts = json.loads(str(file["facts"]))
            names = [key.removeprefix("values/") for key in file.files if key.startswith("values/")]
            curves = {name: Series(file[f"steps/{name}"], file[f"values/{name}"]) for name in names}
            steps = file["snapshot_steps"].tolist()
            if "snapshots" in file.files:
                images = [*torch.from_numpy(file["snapshots"])]
            else:
                images = [_from_jpeg(file[f"jpeg/{step}"].tobytes()) for step in steps]
            columns = facts.pop("columns")
            quality = tuple(QualitySample.from_dict(values) for values in facts.pop("readings", []))
            config = RunConfig.from_json(facts.pop("config"))
            finished = facts["created_at"] + facts["seconds"]
            run = Run(**facts, config=config, status=Status.FINISHED, updated_at=finished, finished_at=finished)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise CheckpointError("{file} is not a recording of a run: {error}", file=path.name, error=error) from None
    snapshots = tuple(Snapshot(step, sheet, columns) for step, sheet in zip(steps, images, strict=True))
    return Recording(run, curves, snapshots, quality)
