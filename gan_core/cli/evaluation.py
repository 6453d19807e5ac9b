"""The command `evaluate`."""

from __future__ import annotations

from typing import Annotated

import typer

from gan_core.cli.shared import CheckpointArgument, JsonOption, SeedOption, err, print_notes, show
from gan_core.data import load_dataset
from gan_core.errors import ConfigError
from gan_core.evaluation import classifier_for, evaluate_generator, quality_table
from gan_core.runs import data_path_of, load_checkpoint
from gan_core.runs.progress import rich_bar


def evaluate(
    checkpoint: CheckpointArgument,
    dataset: Annotated[
        str | None, typer.Option(help="Labelled dataset to compare with; the one it was trained on when not given.")
    ] = None,
    data_path: Annotated[
        str | None, typer.Option(help="Directory or zip of images; for a run the one it was trained on.")
    ] = None,
    samples: Annotated[int, typer.Option("-n", help="Generated images, and as many real ones.", min=512)] = 10_000,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure quality with a classifier trained on the same dataset."""
    model = load_checkpoint(checkpoint)
    with rich_bar(err) as bar:
        task = bar.add_task("dataset", total=None, note="")
        shape = {"image_size": model.image_size, "channels": model.channels}
        name = dataset or model.card.get("dataset") or "mnist"
        path = _data_path(checkpoint, name, data_path)
        data = load_dataset(name, path=path, **shape, progress=lambda what, done: bar.update(task, description=what))
        print_notes(data.notes)
        bar.update(task, description="classifier", total=1.0)
        classifier = classifier_for(data, lambda done: bar.update(task, completed=done))

        def report(what: str, done: float) -> None:
            bar.update(task, description=what, completed=done)

        quality = evaluate_generator(model, data, classifier, samples=samples, seed=seed, progress=report)
    if as_json:
        show([quality.to_dict()], [], as_json)
        return
    print(f"{quality.samples:,} samples of {model.name} against as many real images of {data.name}")
    rows = quality_table(quality, data.class_names)
    show(rows, list(rows[0]), as_json)


def _data_path(checkpoint: str, dataset: str, data_path: str | None) -> str | None:
    """Where to look for one's own images: as told, else where the run of that id found them."""
    if dataset != "folder" or data_path is not None:
        return data_path
    path = data_path_of(checkpoint)
    if path is None:
        raise ConfigError(
            "data_path", "only runs know where their images lie; tell it for {checkpoint}", checkpoint=checkpoint
        )
    return path
