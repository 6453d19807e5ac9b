"""Commands that train: `train` and `resume`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gan_core.cli.shared import err, print_notes
from gan_core.errors import ConfigError, WorkshopError
from gan_core.families import (
    DEFAULT_FAMILY,
    RunConfig,
    all_presets,
    new_config,
    preset_dataset,
    preset_family,
    preset_settings,
    read_values,
)
from gan_core.runs import Run, RunStore
from gan_core.runs import resume as resume_run
from gan_core.runs import train as train_run
from gan_core.runs.progress import terminal_bar
from gan_core.training import ProcessGroup
from gan_core.training.process_group import PeerError


def train(
    family: Annotated[str | None, typer.Option(help=f"See `families`; {DEFAULT_FAMILY} when not given.")] = None,
    preset: Annotated[
        str | None, typer.Option(help=f"Quick settings instead of the family's own: {', '.join(all_presets())}.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="See `datasets`; when not given the preset's own, or strokes.")
    ] = None,
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
        options |= _read_options(config) | dict(_key_and_value(text) for text in set_ or [])
        on_the_line = {
            "family": family,
            "dataset": dataset,
            "data_path": data_path,
            "steps": steps,
            "seed": seed,
            "device": device,
        }
        options |= {name: value for name, value in on_the_line.items() if value is not None}
        begin_on = preset_dataset(preset) if preset else "strokes"
        return new_config(options.pop("family", DEFAULT_FAMILY), options.pop("dataset", begin_on), **options)

    store = RunStore()
    with _process_group() as group, _training_progress(store) as report:
        run = train_run(group.on_leader(chosen), progress=report, store=store, group=group)
    _print_summary(run)


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run id, see `runs`.")],
    steps: Annotated[int | None, typer.Option(help="A new total number of steps.")] = None,
    data_path: Annotated[str | None, typer.Option(help="Where your own images lie now, if they were moved.")] = None,
) -> None:
    """Go on with a run from its last checkpoint, exactly as if it had never stopped."""
    store = RunStore()
    with _process_group() as group, _training_progress(store) as report:
        finished = resume_run(run, steps=steps, data_path=data_path, progress=report, store=store, group=group)
    _print_summary(finished)


def _key_and_value(text: str) -> tuple[str, Any]:
    """`key=value`, the value read as JSON where it is JSON, else as text."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigError("set", "{text!r} is not KEY=VALUE", text=text)
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value


def _read_options(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("config", "cannot read {path}: {error}", path=path, error=error) from None
    return read_values(text)  # checked together with what the line says


def _print_summary(run: Run) -> None:
    """What was done on stderr, the id alone on stdout."""
    speed = f"{run.images_per_second or 0:,.0f} images/s on {run.device}"
    err.print(f"{run.step} steps in {run.seconds:.1f} s, {speed}", highlight=False)
    print(run.id)


@contextmanager
def _process_group() -> Iterator[ProcessGroup]:
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
def _training_progress(store: RunStore) -> Iterator[Callable[[Run], None]]:
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
