"""The source of code that is running: the statement that a frame is at, and the body of a function."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

PACKAGE_ROOT = Path(__file__).resolve().parents[2]
Simple = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return


@dataclass(frozen=True)
class Statement:
    """One or more statements as they stand in a file.

    Attributes:
        file: Path below the root of the package; of files from outside the name alone.
        line: Number of the first line, from 1.
        text: The lines, without their common indentation.
    """

    file: str
    line: int
    text: str


def statement_at(frame: FrameType) -> Statement:
    """The statement that a frame is carrying out: whole, where it goes over several lines."""
    code, line = frame.f_code, frame.f_lineno
    for first, last in _simple_statements(code):
        if first <= line <= last:
            return _excerpt(code, first, last)
    return _excerpt(code, line, line)  # the head of a block


def body_of(code: CodeType) -> Statement:
    """The body of a function without its documentation."""
    lines, start = _lines(code)
    function = _function(code)
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return _excerpt(code, start + body[0].lineno - 1, start + (body[-1].end_lineno or len(lines)) - 1)


@cache
def _simple_statements(code: CodeType) -> tuple[tuple[int, int], ...]:
    """First and last line, in the file, of every statement of a function that is no block."""
    start = _lines(code)[1]
    found = (node for node in ast.walk(_function(code)) if isinstance(node, Simple))
    return tuple((start + node.lineno - 1, start + (node.end_lineno or node.lineno) - 1) for node in found)


def _function(code: CodeType) -> ast.FunctionDef:
    (function,) = ast.parse(textwrap.dedent("".join(_lines(code)[0]))).body
    assert isinstance(function, ast.FunctionDef)
    return function


@cache
def _lines(code: CodeType) -> tuple[list[str], int]:
    return inspect.getsourcelines(code)


def _excerpt(code: CodeType, first: int, last: int) -> Statement:
    lines, start = _lines(code)
    text = textwrap.dedent("".join(lines[first - start : last - start + 1])).strip("\n")
    path = Path(code.co_filename).resolve()
    file = path.relative_to(PACKAGE_ROOT).as_posix() if path.is_relative_to(PACKAGE_ROOT) else path.name
    return Statement(file, first, text)
