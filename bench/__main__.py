"""Benchmarks, and the commands that make what ships with the workshop.

    python -m bench                        # the first one, `speed`
    python -m bench NAME --help

What is compared takes turns, so that a change in what else the machine does meets all of it; medians and ranges are
printed.
"""

from __future__ import annotations

import argparse
import importlib
import sys

import gan_core.env  # noqa: F401  (before torch)
from gan_core.streams import use_utf8

# Names of modules of this package, each with `add_arguments(parser)` and `run(options)`.
COMMANDS = {
    "speed": "training speed of every family, beside a tutorial's loop and the machine's ceiling",
    "profile": "where the time of a step goes, by kind of kernel",
    "choices": "what each choice of the training engine is worth",
    "overhead": "what charts, pictures and checkpoints cost a run",
    "memory": "peak memory of training",
    "memory_upload": "peak memory of an uploaded dataset",
    "quality": "seconds of training until a Fréchet distance is reached",
    "speedrun": "seconds from the first import to weights on disk, for fixed distances",
    "presets": "what the quick presets reach",
    "few_images": "what augmentation is worth with a hundred images",
    "inference": "latency of drawing, idle and while a run trains",
    "latency": "latency of the latent page in a browser",
    "imports": "which published layouts of generators are read correctly",
    "check_cuda_graph": "whether CUDA graphs train as eager mode does, and how much faster",
    "record_health": "record the runs on which the health rules are tested",
    "ship": "make a checkpoint that ships out of a finished run",
    "ship_classifier": "make a classifier that ships",
    "ship_general": "make the judge of images that have no classifier",
}


def main(arguments: list[str] | None = None) -> None:
    """Run a command; without a name, or with options only, `speed`."""
    use_utf8()
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["speed", *arguments]
    names = "\n".join(f"  {name:18}{summary}" for name, summary in COMMANDS.items())
    parser = new_parser("python -m bench", f"{__doc__}\n{names}")
    parser.add_argument("name", choices=COMMANDS, metavar="NAME")
    name = parser.parse_args(arguments[:1]).name
    module = importlib.import_module(f"bench.{name}")
    command = new_parser(f"python -m bench {name}", module.__doc__)
    module.add_arguments(command)
    module.run(command.parse_args(arguments[1:]))


def new_parser(program: str, description: str | None) -> argparse.ArgumentParser:
    """A parser that prints its description as it stands."""
    return argparse.ArgumentParser(
        program, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


if __name__ == "__main__":
    main()
