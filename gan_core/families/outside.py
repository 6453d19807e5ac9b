"""Families from outside the package: files that the environment names, and installed packages.

`GAN_FAMILIES` names Python files, separated as in `PATH`. An installed package names its families as entry points of
the group `gan_workshop.families`, such as `r1gan = "my_package.r1gan:FAMILY"`. Both are code, and are run.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from gan_core.errors import ConfigError, WorkshopError
from gan_core.families.registry import Family, register

VARIABLE = "GAN_FAMILIES"
GROUP = "gan_workshop.families"
ATTRIBUTE = "FAMILY"


def load_outside_families() -> list[WorkshopError]:
    """Register every family that the environment and installed packages name.

    Returns:
        One error for each that could not be registered; the others are.
    """
    errors: list[WorkshopError] = []
    for source, load in _sources():
        try:
            family = load()
            if not isinstance(family, Family):
                raise TypeError(f"{ATTRIBUTE} is not a Family")
            register(family)
        except Exception as error:  # it is other people's code
            errors.append(
                ConfigError(
                    "family",
                    "could not load the family {source}: {problem}",
                    source=source,
                    problem=error if isinstance(error, WorkshopError) else " ".join(repr(error).split()),
                )
            )
    return errors


def load_family_file(path: Path) -> Any:
    """Run a Python file and return its `FAMILY`, which is not registered."""
    name = f"gan_families_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic looks up annotations there
    spec.loader.exec_module(module)
    return getattr(module, ATTRIBUTE)


def _sources() -> Iterator[tuple[str, Callable[[], Any]]]:
    for source in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        yield source, partial(load_family_file, Path(source).expanduser())
    for point in entry_points(group=GROUP):
        yield point.value, point.load
