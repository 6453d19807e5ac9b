"""Paths of the workshop's files. Environment variables are read at every call."""

from __future__ import annotations

import os
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[1]  # of this package: the repository, or site-packages
_IN_WHEEL = _BESIDE / "gan_workshop"  # see `pyproject.toml`

APP = (_IN_WHEEL if (_IN_WHEEL / "app.py").is_file() else _BESIDE) / "app.py"  # its pages are beside it
SHIPPED = APP.parent / "checkpoints"  # what comes with the workshop


def absolute(path: str | Path) -> Path:
    """The same place from any working directory; `~` is the user's home."""
    return Path(os.path.expanduser(path)).absolute()


def gan_home() -> Path:
    """`GAN_HOME`, by default `.gan` in the working directory: runs, caches and the default of `data_home()`."""
    return absolute(os.environ.get("GAN_HOME") or ".gan")


def data_home() -> Path:
    """`GAN_DATA_DIR`, by default `data` under `gan_home()`: datasets in torchvision's own folder layout."""
    directory = os.environ.get("GAN_DATA_DIR")
    return absolute(directory) if directory else gan_home() / "data"
