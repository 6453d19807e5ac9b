"""The command line: `gan-workshop --help`, or `python -m gan_core --help`.

Exit status 0 when all is well, 2 for an input or usage error with one line on stderr, 130 after Ctrl-C.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # idle threads sleep; read when torch is first imported

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from gan_core import __version__
from gan_core.data import DATASETS, load_dataset
from gan_core.errors import CheckpointError, ConfigError, WorkshopError
from gan_core.evaluation import classifier_for, evaluate_generator, quality_table
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
from gan_core.families import (
    DEFAULT_FAMILY,
    FAMILIES,
    OUTSIDE_ERRORS,
    RunConfig,
    all_presets,
    new_config,
    preset_family,
    preset_settings,
    read_values,
)
from gan_core.images import grid, save_png
from gan_core.latent import (
    base_vectors,
    draw_overview,
    labelled_overview,
    labelled_traversal,
    measure_effects,
    parse_numbers,
    sample,
    traverse,
)
from gan_core.models import save_checkpoint
from gan_core.models.library import imported
from gan_core.runs import Run, RunStore, data_path_of, load_checkpoint
from gan_core.runs import resume as resume_run
from gan_core.runs import train as train_run
from gan_core.runs.progress import rich_bar, terminal_bar
from gan_core.server import serve
from gan_core.streams import is_unicode, use_utf8
from gan_core.training import ProcessGroup
from gan_core.training.process_group import PeerError

app = typer.Typer(
    help="Train GANs, draw from them, and take their latent vectors apart. `gan-workshop` alone opens the app.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console()
err = Console(stderr=True)

CheckpointArgument = Annotated[
    str, typer.Argument(metavar="CHECKPOINT", help="A shipped name such as mnist-dcgan, a run id, or a path.")
]
SeedOption = Annotated[int, typer.Option(help="Fixes the random vectors.", min=0)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def print_version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options without a command."""


@app.command("app", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def app_command(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="8501, or the next free one, when not given.", min=1)] = None,
    address: Annotated[
        str | None, typer.Option(help="127.0.0.1 for this machine alone; every address when not given.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Whether to open a browser.")] = True,
) -> None:
    """Open the app. Takes the options of `streamlit run` too, such as --server.baseUrlPath=gan."""
    serve(port, address, browser, context.args)


@app.command()
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


@app.command()
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


@app.command()
def train(
    family: Annotated[str | None, typer.Option(help=f"See `families`; {DEFAULT_FAMILY} when not given.")] = None,
    preset: Annotated[
        str | None, typer.Option(help=f"Quick settings instead of the family's own: {', '.join(all_presets())}.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="See `datasets`; strokes when not given.")] = None,
    data_path: Annotated[str | None, typer.Option(help="Directory or zip of images, for --dataset folder.")] = None,
    steps: Annotated[int | None, typer.Option(help="Generator updates.")] = None,
    seed: Annotated[int | None, typer.Option(help="Fixes weights, noise and the order of the data.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any other option; may be repeated.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="JSON file of options; those on the line win.")] = None,
) -> None:
    """Train a GAN; Ctrl-C saves first. The run's id is printed last, also when it fails or is stopped.

    On several devices: torchrun --nproc-per-node 2 -m gan_core train ...
    """

    def chosen() -> RunConfig:
        options = preset_settings(preset) | {"family": preset_family(preset).name} if preset else {}
        options |= read_options(config) | dict(pair(text) for text in set_ or [])
        on_the_line = {
            "family": family,
            "dataset": dataset,
            "data_path": data_path,
            "steps": steps,
            "seed": seed,
            "device": device,
        }
        options |= {name: value for name, value in on_the_line.items() if value is not None}
        return new_config(options.pop("family", DEFAULT_FAMILY), options.pop("dataset", "strokes"), **options)

    store = RunStore()
    with training_processes() as group, training_progress(store) as report:
        run = train_run(group.on_leader(chosen), progress=report, store=store, group=group)
    print_summary(run)


@app.command()
def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run id, see `runs`.")],
    steps: Annotated[int | None, typer.Option(help="A new total number of steps.")] = None,
    data_path: Annotated[str | None, typer.Option(help="Where your own images lie now, if they were moved.")] = None,
) -> None:
    """Go on with a run from its last checkpoint, exactly as if it had never stopped."""
    store = RunStore()
    with training_processes() as group, training_progress(store) as report:
        finished = resume_run(run, steps=steps, data_path=data_path, progress=report, store=store, group=group)
    print_summary(finished)


@app.command()
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


@app.command("sample")
def sample_command(
    checkpoint: CheckpointArgument,
    out_file: Annotated[Path, typer.Option("--out", help="A .png grid, or .npy: uint8 (N, C, H, W).")],
    n: Annotated[int, typer.Option("-n", help="How many images.", min=1, max=100_000)] = 64,
    label: Annotated[str | None, typer.Option("--class", help="Class name or number, for conditional models.")] = None,
    best: Annotated[
        float, typer.Option(help="Keep this fraction: those that the discriminator rates highest.", min=0, max=1)
    ] = 1.0,
    seed: SeedOption = 0,
    columns: Annotated[int, typer.Option(help="Images per row of the grid.", min=1)] = 8,
) -> None:
    """Draw images."""
    model = load_checkpoint(checkpoint)
    drawn = sample(model, n, seed=seed, label=label, best=best)
    match out_file.suffix.lower():
        case ".npy":
            write(out_file, lambda path: np.save(path, drawn.images.numpy()))
            if drawn.labels is not None:
                labels_file = out_file.with_suffix(".labels.npy")
                write(labels_file, lambda path: np.save(path, drawn.labels.numpy()))
                print(labels_file)
        case ".png":
            write(out_file, lambda path: save_png(path, grid(drawn.images, columns, scale=2)))
        case _:
            raise ConfigError("out", "{file} must end in .png or .npy", file=out_file.name)
    print(out_file)


@app.command("sweep")
def sweep_command(
    checkpoint: CheckpointArgument,
    out_file: Annotated[Path, typer.Option("--out", help="A .png sheet, or .npy: (entries, values, N, C, H, W).")],
    dims: Annotated[str, typer.Option(help="Entries: 5,25,45 or 0-9 or noise.")] = "5,25,45,65,85",
    values: Annotated[str, typer.Option(help="Values: -3,0,3 or -3:3:7 (start:stop:count).")] = "-3,0,3",
    columns: Annotated[int, typer.Option(help="Base vectors, one a column.", min=1, max=512)] = 8,
    label: Annotated[str | None, typer.Option("--class", help="Class name or number, for conditional models.")] = None,
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


@app.command("atlas")
def atlas_command(
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
    with progress_bar() as bar:
        task = bar.add_task("measuring entries", total=1.0, note="")
        measured = measure_effects(model, base, progress=lambda done: bar.update(task, completed=done))
    drawn = draw_overview(model, base[0], measured.ranked())
    strengths = measured.pixel_change.sort(descending=True, stable=True).values.tolist()
    write(out_file, lambda path: save_png(path, labelled_overview(drawn, strengths)))
    print(out_file)


@app.command()
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
    with progress_bar() as bar:
        task = bar.add_task("dataset", total=None, note="")
        shape = {"image_size": model.image_size, "channels": model.channels}
        name = dataset or model.card.get("dataset") or "mnist"
        path = images_of(checkpoint, name, data_path)
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


@app.command("import")
def import_command(
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
    print_reading(reading)
    if stored and out_dir is None:
        change_imported(source, reading)
        print(source)
    elif before is None and out_dir is None:
        print(add_imported(model, model.title))
    else:
        target = file if out_dir is None else out_dir / f"{model.name}.safetensors"
        save_checkpoint(model, target)
        print(target)


def print_reading(reading: Reading) -> None:
    """What was recognised and on what grounds, and how to change what is only assumed."""
    lines = [reading.description, *reading.lines]
    if uncertain := reading.uncertain:
        lines.append("Nothing in the file tells what is assumed. If the pictures look wrong, import again with")
        lines += [f"  {question.option} {' | '.join(question.values)}" for question in uncertain]
    for text in lines:
        err.print(text, highlight=False, markup=False, soft_wrap=True)


@app.command()
def export(
    checkpoint: CheckpointArgument,
    out_file: Annotated[Path, typer.Option("--out", help="File to write.")],
    format_: Annotated[str, typer.Option("--format", help=f"{', '.join(EXPORT_FORMATS)}.")] = "safetensors",
    half: Annotated[bool, typer.Option(help="Half precision, half the size (safetensors and zip).")] = False,
) -> None:
    """Take a model home."""
    export_checkpoint(load_checkpoint(checkpoint), format_, out_file, half=half)
    print(out_file)


# Reading options


def pair(text: str) -> tuple[str, Any]:
    """`key=value`, the value read as JSON where it is JSON, else as text."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigError("set", "{text!r} is not KEY=VALUE", text=text)
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value


def read_options(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("config", "cannot read {path}: {error}", path=path, error=error) from None
    return read_values(text)  # checked together with what the line says


def images_of(checkpoint: str, dataset: str, data_path: str | None) -> str | None:
    """Where to look for one's own images: as told, else where the run of that id found them."""
    if dataset != "folder" or data_path is not None:
        return data_path
    path = data_path_of(checkpoint)
    if path is None:
        raise ConfigError(
            "data_path", "only runs know where their images lie; tell it for {checkpoint}", checkpoint=checkpoint
        )
    return path


def write(path: Path, writer) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(path)
    except OSError as error:
        raise CheckpointError("could not write {path}: {error}", path=path, error=error) from None


# Showing results


def print_summary(run: Run) -> None:
    """What was done on stderr, the id alone on stdout."""
    speed = f"{run.images_per_second or 0:,.0f} images/s on {run.device}"
    err.print(f"{run.step} steps in {run.seconds:.1f} s, {speed}", highlight=False)
    print(run.id)


def print_notes(notes: Iterable[str]) -> None:
    """What was left out or done in another way, on stderr."""
    for note in notes:
        err.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def show(rows: list[dict[str, Any]], columns: list[str], as_json: bool) -> None:
    """A table of some columns, or JSON of all."""
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=not is_unicode(sys.stdout)))
        return
    first, *others = columns
    table = Table(box=None, header_style="bold")
    # What a row is called is there to be copied: it stays whole, however narrow the terminal.
    table.add_column(first, min_width=max((len(cell(row[first])) for row in rows), default=0), no_wrap=True)
    for column in others:
        table.add_column(column)
    for row in rows:
        table.add_row(*(cell(row[column]) for column in columns))
    out.print(table, crop=False)


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "  ".join(f"{name} {share:.1%}" for name, share in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def progress_bar() -> Progress:
    return rich_bar(err)


@contextmanager
def training_processes() -> Iterator[ProcessGroup]:
    """The processes that torchrun has started, or this one alone. Those that are not rank 0 end silently with it."""
    with ProcessGroup.from_environment() as group:
        if group.is_leader:
            yield group
            return
        err.quiet = True
        try:
            yield group
        except PeerError:
            raise typer.Exit(1) from None
        except WorkshopError:
            err.quiet = False
            raise
    raise typer.Exit


@contextmanager
def training_progress(store: RunStore) -> Iterator[Callable[[Run], None]]:
    """A bar that follows a run, and its notes as soon as there are any. Its id is printed even when it fails."""
    last: Run | None = None
    told: set[str] = set()

    def tell(run: Run) -> None:
        nonlocal last
        last = run
        notes = [note for note in store.notes(run.id) if note not in told]
        print_notes(notes)
        told.update(notes)
        report(run)

    try:
        with terminal_bar(err) as report:
            yield tell
    except KeyboardInterrupt:
        err.print("stopped; what was trained is saved, go on with `resume`", highlight=False)
        if last is not None:
            print(last.id)
        raise typer.Exit(130) from None
    except WorkshopError:
        if last is not None:
            err.print(f"run {last.id} has failed; `runs` shows it", highlight=False, soft_wrap=True)
            print(last.id)
        raise


def workshop() -> None:
    """`gan-workshop`: opens the app where no command is named."""
    arguments = sys.argv[1:]
    named = bool(arguments) and (not arguments[0].startswith("-") or arguments[0] in ("--help", "--version"))
    main(arguments if named else ["app", *arguments])


def main(arguments: list[str] | None = None) -> None:
    """arguments: what the command line says; None takes `sys.argv`"""
    use_utf8()
    for error in OUTSIDE_ERRORS:
        err.print(f"warning: {error}", highlight=False, markup=False, soft_wrap=True)
    try:
        app(arguments)
    except WorkshopError as error:
        err.print(f"error: {error}", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
