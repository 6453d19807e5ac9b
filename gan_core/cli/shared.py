"""Options that several commands have, and how commands print and write their results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gan_core.errors import CheckpointError
from gan_core.streams import is_unicode

out = Console()
err = Console(stderr=True)

CheckpointArgument = Annotated[
    str, typer.Argument(metavar="CHECKPOINT", help="A shipped name such as mnist-dcgan, a run id, or a path.")
]
ClassOption = Annotated[str | None, typer.Option("--class", help="Class name or number, for conditional models.")]
SeedOption = Annotated[int, typer.Option(help="Fixes the random vectors.", min=0)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


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
    """A value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "  ".join(f"{name} {share:.1%}" for name, share in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def print_notes(notes: Iterable[str]) -> None:
    """What was left out or done in another way, on stderr."""
    for note in notes:
        err.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def write(path: Path, writer: Callable[[Path], object]) -> None:
    """Write a file by `writer(path)`, in a folder that is made if need be; raises `CheckpointError` if that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(path)
    except OSError as error:
        raise CheckpointError("could not write {path}: {error}", path=path, error=error) from None
