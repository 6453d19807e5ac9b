"""All commands by name. The module of a command is imported when the command is used: torch takes seconds to load."""

from __future__ import annotations

import pkgutil
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import gan_core.env  # noqa: F401  (before torch)
from gan_core import __version__
from gan_core.cli.shared import err
from gan_core.errors import WorkshopError
from gan_core.server import serve
from gan_core.streams import use_utf8

# Where the function of a command is, and the first line of its help, in the order of `--help`.
COMMANDS = {
    "families": ("lists:families", "List the GAN families."),
    "datasets": ("lists:datasets", "List the datasets."),
    "train": (
        "training:train",
        "Train a GAN; Ctrl-C saves first. The run's id is printed last, also when it fails or is stopped.",
    ),
    "resume": ("training:resume", "Go on with a run from its last checkpoint, exactly as if it had never stopped."),
    "runs": ("lists:runs", "List the training runs, newest first."),
    "sample": ("drawing:sample", "Draw images."),
    "sweep": ("drawing:sweep", "Set entries of the latent vector to values and draw what comes of it."),
    "atlas": (
        "drawing:atlas",
        "Draw every entry of the latent vector at -3, 0 and 3, the one that changes pictures most first.",
    ),
    "evaluate": (
        "evaluation:evaluate",
        "Measure quality: distances to real images, each beside that between two sets of real ones.",
    ),
    "attributes": (
        "evaluation:attributes",
        "Tell which attribute of the pictures each entry of the latent vector holds, and how cleanly.",
    ),
    "import": (
        "exchange:import_",
        "Import a generator that another script trained. Nothing in the file is ever run.",
    ),
    "export": ("exchange:export", "Take a model home."),
}


class LazyGroup(TyperGroup):
    """A group that adds `COMMANDS`, and imports one of them when it is used."""

    def __init__(self, *, commands: Any = None, **settings: Any):
        listed = {name: TyperCommand(name, help=summary) for name, (_, summary) in COMMANDS.items()}
        super().__init__(commands={**commands, **listed}, **settings)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The name, the command and its arguments. The type of a context depends on typer's version."""
        name, command, rest = super().resolve_command(ctx, args)
        warn_of_families()
        return name, load_command(name) if name in COMMANDS else command, rest


def load_command(name: str) -> Any:
    """The command that typer makes of a function, with all its options."""
    place, _ = COMMANDS[name]
    single = typer.Typer(add_completion=False)
    single.command(name)(pkgutil.resolve_name(f"gan_core.cli.{place}"))
    return typer.main.get_command(single)


def warn_of_families() -> None:
    """Print which families from outside the package could not be registered."""
    from gan_core.families import OUTSIDE_ERRORS

    for error in OUTSIDE_ERRORS:
        err.print(f"warning: {error}", highlight=False, markup=False, soft_wrap=True)


app = typer.Typer(
    cls=LazyGroup,
    help="Train GANs, draw from them, and take their latent vectors apart. `gan-workshop` alone opens the app.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def print_version(asked: bool) -> None:
    """Print the version and exit, if asked to."""
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


def workshop() -> None:
    """`gan-workshop`: opens the app where no command is named."""
    arguments = sys.argv[1:]
    named = bool(arguments) and (not arguments[0].startswith("-") or arguments[0] in ("--help", "--version"))
    main(arguments if named else ["app", *arguments])


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Args:
        arguments: What the command line says, without the program's name; None takes `sys.argv`.
    """
    use_utf8()
    try:
        app(arguments)
    except WorkshopError as error:
        err.print(f"error: {error}", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
