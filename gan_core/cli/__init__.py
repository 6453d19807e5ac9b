"""The command line: `gan-workshop --help`, or `python -m gan_core --help`.

Exit status 0 when all is well, 2 for an input or usage error with one line on stderr, 130 after Ctrl-C.
"""

from gan_core.cli.commands import main, workshop

__all__ = ["main", "workshop"]
