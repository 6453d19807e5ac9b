"""Commands that read and write files of models: `import` and `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli.shared import CheckpointArgument, err
from gan_core.exchange import (
    EXPORT_FORMATS,
    Reading,
    add_imported,
    apply_reading,
    change_imported,
    export_checkpoint,
    inspect_generator,
    is_workshop_checkpoint,
    read_again,
    refuse_open,
)
from gan_core.models import save_checkpoint
from gan_core.models.library import imported
from gan_core.runs import load_checkpoint


def import_(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="Somebody's generator; or an imported model that is to be read again.")
    ],
    out_dir: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder to write NAME.safetensors and NAME.json to; else it joins the app's imports."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the checkpoint; the file's own when not given.")] = None,
    label: Annotated[
        str | None, typer.Option(help="last, first, multiply, add, unused; none, last:10, first:10.")
    ] = None,
    noise: Annotated[str | None, typer.Option(help="normal or uniform: what it was trained on.")] = None,
    opening: Annotated[
        str | None, typer.Option(help="activation or linear, before the convolutions or the label.")
    ] = None,
    label_end: Annotated[str | None, typer.Option(help="activation or linear, after the label's layers.")] = None,
    activation: Annotated[str | None, typer.Option(help="relu, leaky:0.2, tanh, elu, selu, gelu, silu.")] = None,
    norm_order: Annotated[str | None, typer.Option(help="BatchNorm before or after the activation.")] = None,
    norm_eps: Annotated[
        str | None, typer.Option(help="BatchNorm's epsilon; 0.8 for scripts with (n, 0.8), 1e-5/0.8 but for the first.")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="Strides and paddings, such as Ts1p0,Ts2p1,Ts2p1.")] = None,
    upsampling: Annotated[str | None, typer.Option(help="nearest, bilinear or bilinear-corners.")] = None,
    pixels: Annotated[str | None, typer.Option(help="first or last: where channels stand in flat RGB images.")] = None,
    end: Annotated[str | None, typer.Option(help="tanh, sigmoid, none (-1 is black) or none:01 (0 is black).")] = None,
) -> None:
    """Import a generator that another script trained. Nothing in the file is ever run.

    What the file does not tell is assumed, and printed; each of it can be answered by an option, now or later:
    the name of an imported model, or the file of one, in place of FILE changes how that is read.
    """
    told = {
        "label": label,
        "noise": noise,
        "opening": opening,
        "label_end": label_end,
        "activation": activation,
        "norm_order": norm_order,
        "norm_eps": norm_eps,
        "plan": plan,
        "upsampling": upsampling,
        "pixels": pixels,
        "end": end,
    }
    file, stored = Path(source).expanduser(), source in imported()
    if stored or is_workshop_checkpoint(file):
        before = load_checkpoint(source if stored else file)
        reading = read_again(before, **told)
        refuse_open(reading)
        model = apply_reading(before, reading)
    else:
        before, reading = None, inspect_generator(file, **told)
        refuse_open(reading)
        model = reading.checkpoint(name)
    _print_reading(reading)
    if stored and out_dir is None:
        change_imported(source, reading)
        print(source)
    elif before is None and out_dir is None:
        print(add_imported(model, model.title))
    else:
        target = file if out_dir is None else out_dir / f"{model.name}.safetensors"
        save_checkpoint(model, target)
        print(target)


def export(
    checkpoint: CheckpointArgument,
    out_file: Annotated[Path, typer.Option("--out", help="File to write.")],
    format_: Annotated[str, typer.Option("--format", help=f"{', '.join(EXPORT_FORMATS)}.")] = "safetensors",
    half: Annotated[bool, typer.Option(help="Half precision, half the size (safetensors and zip).")] = False,
) -> None:
    """Take a model home."""
    export_checkpoint(load_checkpoint(checkpoint), format_, out_file, half=half)
    print(out_file)


def _print_reading(reading: Reading) -> None:
    """What was recognised and on what grounds, and how to change what is only assumed."""
    lines = [reading.description, *reading.lines]
    if uncertain := reading.uncertain:
        lines.append("Nothing in the file tells what is assumed. If the pictures look wrong, import again with")
        lines += [f"  {question.option} {' | '.join(question.values)}" for question in uncertain]
    for text in lines:
        err.print(text, highlight=False, markup=False, soft_wrap=True)
