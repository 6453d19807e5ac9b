"""What the command line prints is UTF-8, whatever the locale or code page, and never fails for want of a character."""

from __future__ import annotations

import io
import os
import sys


def use_utf8() -> None:
    r"""Set up stdout and stderr; to be called first by every program.

    A file or pipe gets UTF-8. A terminal keeps the encoding it can show, and everybody who sets `PYTHONIOENCODING` has
    the one asked for; what does not exist there is written as an escape, such as \u732b.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not None, as under pythonw, nor what a notebook puts there
            chosen = stream.isatty() or "PYTHONIOENCODING" in os.environ
            stream.reconfigure(encoding=stream.encoding if chosen else "utf-8", errors="backslashreplace")


def is_unicode(stream: object) -> bool:
    """Whether a stream can write every character."""
    return str(getattr(stream, "encoding", None)).lower().replace("-", "") == "utf8"
