"""Following a run while it trains in the foreground: a bar in the terminal, or one in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from gan_core.runs.run import Run

Report = Callable[[Run], None]


@contextmanager
def following(progress: bool | Report | None) -> Iterator[Report | None]:
    """A function that shows the progress of a run, for the time of the block.

    Args:
        progress: Such a function; True for a bar, False for none; None for one in a notebook only.
    """
    if callable(progress):
        yield progress
    elif in_notebook() and progress is not False:
        yield NotebookBar()
    elif progress:
        with terminal_bar() as report:
            yield report
    else:
        yield None


def in_notebook() -> bool:
    """Whether this process runs the cells of a notebook, which can show more than text."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


class NotebookBar:
    """A line of the notebook's cell that is drawn anew each time it is told a run."""

    def __init__(self) -> None:
        self._line: Any = None

    def __call__(self, run: Run) -> None:
        """Draw the line of a run."""
        from IPython.display import HTML, display

        line = HTML(as_line(run))
        if self._line is None:
            self._line = display(line, display_id=True)
        else:
            self._line.update(line)


def as_line(run: Run) -> str:
    """How far a run is, in HTML."""
    bar = f'<progress value="{run.step}" max="{run.config.steps}" style="width: 20em"></progress>'
    return f"<code>{escape(run.id)}</code> {bar} {escape(in_words(run))}"


def in_words(run: Run) -> str:
    """What a run is doing: what is prepared, else steps, images a second, and the time left while it trains."""
    if run.step == 0 and run.is_active:
        return run.message or str(run.status)
    words = [f"{run.step:,} / {run.config.steps:,} steps"]
    if run.images_per_second:
        words.append(f"{run.images_per_second:,.0f} images/s")
    if run.is_active and run.seconds_left:
        words.append(f"{run.seconds_left:,.0f} s left")
    return ", ".join(words if run.is_active else [str(run.status), *words])


@contextmanager
def terminal_bar(console: Any = None) -> Iterator[Report]:
    """A bar on the error output, or on another `rich.console.Console`."""
    with rich_bar(console) as bar:
        task = bar.add_task("starting", total=None, note="")

        def report(run: Run) -> None:
            if run.step == 0:
                bar.update(task, description=run.message or str(run.status))
                return
            note = f"{run.step} / {run.config.steps} steps, {run.images_per_second or 0:,.0f} images/s"
            bar.update(task, description=run.id, total=run.config.steps, completed=run.step, note=note)

        yield report


def rich_bar(console: Any = None) -> Any:
    """A `rich.progress.Progress` whose tasks have a `note`; gone when it is closed."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console or Console(stderr=True),
        transient=True,
    )
