"""How fast the workshop is, measured against the loop of the tutorials and against the machine.

    python -m bench                        # training speed of every family, and its share of the machine's ceiling
    python -m bench quality                # seconds of training until the pictures are so good
    python -m bench inference              # latency of one image, a sheet and an atlas, idle and while a run trains
    python -m bench profile                # where the time of a step goes, by kind of kernel
    python -m bench choices                # what each choice of the engine is worth, by family and batch size
    python -m bench overhead               # what charts, pictures and checkpoints cost a run

Each has `--help`. What is compared takes turns, so that a change in what else the machine does meets all of it; medians
and ranges are printed. Other benchmarks are modules of their own, such as `python -m bench.latent_latency`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from gan_core.streams import use_utf8

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

COMMANDS = {
    "speed": "training speed, the default",
    "quality": "time to quality",
    "inference": "latency of drawing",
    "profile": "where a step's time goes",
    "choices": "what the engine's choices are worth",
    "overhead": "what keeping a record costs",
}


def main(arguments: list[str] | None = None) -> None:
    use_utf8()
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["speed", *arguments]
    parser = argparse.ArgumentParser(
        "python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"bench.{name}")
        command = commands.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    options.run(options)


if __name__ == "__main__":
    main()
