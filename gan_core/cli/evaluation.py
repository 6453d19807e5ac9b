"""The commands that look at pictures through a classifier: `evaluate` and `attributes`."""

from __future__ import annotations

from typing import Annotated

import torch
import typer

from gan_core.cli.shared import CheckpointArgument, JsonOption, SeedOption, err, print_notes, show
from gan_core.data import DATASETS, load_dataset
from gan_core.errors import ConfigError
from gan_core.evaluation import classifier_for, evaluate_generator, judge_for, kept_classifier, quality_table
from gan_core.latent import measure_disentanglement
from gan_core.runs import data_path_of, load_checkpoint
from gan_core.runs.progress import rich_bar


def evaluate(
    checkpoint: CheckpointArgument,
    dataset: Annotated[
        str | None, typer.Option(help="Dataset to compare with; the one it was trained on when not given.")
    ] = None,
    data_path: Annotated[
        str | None, typer.Option(help="Directory or zip of images; for a run the one it was trained on.")
    ] = None,
    samples: Annotated[int, typer.Option("-n", help="Generated images, and as many real ones.", min=512)] = 10_000,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure quality: distances to real images, each beside that between two sets of real ones."""
    model = load_checkpoint(checkpoint)
    with rich_bar(err) as bar:
        task = bar.add_task("dataset", total=None, note="")
        shape = {"image_size": model.image_size, "channels": model.channels}
        name = dataset or model.card.get("dataset") or "mnist"
        path = _data_path(checkpoint, name, data_path)
        data = load_dataset(name, path=path, **shape, progress=lambda what, done: bar.update(task, description=what))
        print_notes(data.notes)
        bar.update(task, description="classifier", total=1.0)
        judge = judge_for(data, lambda done: bar.update(task, completed=done))

        def report(what: str, done: float) -> None:
            bar.update(task, description=what, completed=done)

        quality = evaluate_generator(model, data, judge, samples=samples, seed=seed, progress=report)
    if as_json:
        show([quality.to_dict()], [], as_json)
        return
    compared = f"{quality.samples:,} samples of {model.name} against as many real images of {data.name}"
    print(f"{compared}; judge: {quality.judge}")
    rows = quality_table(quality, data.class_names)
    show(rows, list(rows[0]), as_json)


def attributes(
    checkpoint: CheckpointArgument,
    samples: Annotated[int, typer.Option("-n", help="Generated images.", min=512)] = 4_000,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Tell which attribute of the pictures each entry of the latent vector holds, and how cleanly."""
    model = load_checkpoint(checkpoint)
    spec, dataset = model.latent_spec, model.card.get("dataset", "")
    names = DATASETS[dataset].class_names if dataset in DATASETS else ()
    if not names:
        raise ConfigError("dataset", "the classes of {model}'s dataset are not known", model=model.name)
    with rich_bar(err) as bar:
        task = bar.add_task("classifier", total=1.0, note="")
        classifier = kept_classifier(dataset, model.image_size, model.channels) or classifier_for(
            load_dataset(dataset, image_size=model.image_size, channels=model.channels),
            lambda done: bar.update(task, completed=done),
        )
        found = measure_disentanglement(
            model,
            spec.sample(samples, generator=torch.Generator().manual_seed(seed)),
            classifier.describe,
            (*names, *classifier.attribute_names),
            lambda done: bar.update(task, description="reading attributes", completed=done),
        )
    strongest = sorted(range(spec.size), key=lambda entry: -found.strengths[entry].item())
    rows = []
    for entry, name in zip(strongest, spec.entry_names(strongest), strict=True):
        meaning = found.meaning(entry)
        correlation = f"{meaning.correlation:.2f}" if meaning else ""
        rows.append({"entry": name, "attribute": meaning.name if meaning else "", "correlation": correlation})
    if as_json:
        gaps = {name: round(gap, 4) for name, gap in found.gaps.items()}
        gap = round(found.mutual_information_gap, 4)
        show([{"mutual_information_gap": gap, "gaps": gaps, "entries": rows}], [], as_json)
        return
    show(rows, list(rows[0]), as_json)
    print(
        f"mutual information gap {found.mutual_information_gap:.3f} (1: one entry holds each attribute, 0: none does)"
    )


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
