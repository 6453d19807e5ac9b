"""Commands that draw images: `sample`, `sweep` and `atlas`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gan_core.cli.shared import CheckpointArgument, ClassOption, SeedOption, err, write
from gan_core.errors import ConfigError
from gan_core.images import grid, save_png
from gan_core.latent import (
    base_vectors,
    draw_overview,
    labelled_overview,
    labelled_traversal,
    measure_effects,
    parse_numbers,
    traverse,
)
from gan_core.latent import sample as draw_samples
from gan_core.runs import load_checkpoint
from gan_core.runs.progress import rich_bar


def sample(
    checkpoint: CheckpointArgument,
    out_file: Annotated[Path, typer.Option("--out", help="A .png grid, or .npy: uint8 (N, C, H, W).")],
    n: Annotated[int, typer.Option("-n", help="How many images.", min=1, max=100_000)] = 64,
    label: ClassOption = None,
    best: Annotated[
        float, typer.Option(help="Keep this fraction: those that the discriminator rates highest.", min=0, max=1)
    ] = 1.0,
    seed: SeedOption = 0,
    columns: Annotated[int, typer.Option(help="Images per row of the grid.", min=1)] = 8,
) -> None:
    """Draw images."""
    model = load_checkpoint(checkpoint)
    drawn = draw_samples(model, n, seed=seed, label=label, best=best)
    match out_file.suffix.lower():
        case ".npy":
            write(out_file, lambda path: np.save(path, drawn.images.numpy()))
            if (labels := drawn.labels) is not None:
                labels_file = out_file.with_suffix(".labels.npy")
                write(labels_file, lambda path: np.save(path, labels.numpy()))
                print(labels_file)
        case ".png":
            write(out_file, lambda path: save_png(path, grid(drawn.images, columns, scale=2)))
        case _:
            raise ConfigError("out", "{file} must end in .png or .npy", file=out_file.name)
    print(out_file)


def sweep(
    checkpoint: CheckpointArgument,
    out_file: Annotated[Path, typer.Option("--out", help="A .png sheet, or .npy: (entries, values, N, C, H, W).")],
    dims: Annotated[str, typer.Option(help="Entries: 5,25,45 or 0-9 or noise.")] = "5,25,45,65,85",
    values: Annotated[str, typer.Option(help="Values: -3,0,3 or -3:3:7 (start:stop:count).")] = "-3,0,3",
    columns: Annotated[int, typer.Option(help="Base vectors, one a column.", min=1, max=512)] = 8,
    label: ClassOption = None,
    seed: SeedOption = 0,
) -> None:
    """Set entries of the latent vector to values and draw what comes of it."""
    model = load_checkpoint(checkpoint)
    vectors = base_vectors(model.latent_spec, columns, seed, label)
    sheet = traverse(model, vectors, model.latent_spec.parse_entries(dims), parse_numbers(values))
    match out_file.suffix.lower():
        case ".npy":
            write(out_file, lambda path: np.save(path, sheet.images.numpy()))
        case ".png":
            write(out_file, lambda path: save_png(path, labelled_traversal(sheet)))
        case _:
            raise ConfigError("out", "{file} must end in .png or .npy", file=out_file.name)
    print(out_file)


def atlas(
    checkpoint: CheckpointArgument,
    out_file: Annotated[Path, typer.Option("--out", help="A .png picture.")],
    vectors: Annotated[int, typer.Option(help="Base vectors that effects are averaged over.", min=1, max=341)] = 16,
    seed: SeedOption = 0,
) -> None:
    """Draw every entry of the latent vector at -3, 0 and 3, the one that changes pictures most first."""
    if out_file.suffix.lower() != ".png":
        raise ConfigError("out", "{file} must end in .png", file=out_file.name)
    model = load_checkpoint(checkpoint)
    base = base_vectors(model.latent_spec, vectors, seed)
    with rich_bar(err) as bar:
        task = bar.add_task("measuring entries", total=1.0, note="")
        measured = measure_effects(model, base, progress=lambda done: bar.update(task, completed=done))
    drawn = draw_overview(model, base[0], measured.ranked())
    strengths = measured.pixel_change.sort(descending=True, stable=True).values.tolist()
    write(out_file, lambda path: save_png(path, labelled_overview(drawn, strengths)))
    print(out_file)
