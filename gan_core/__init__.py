"""GAN Workshop's core: everything that works without a browser.

from gan_core import curves_of, load_checkpoint, sample, train

run = train(family="dcgan", dataset="mnist", steps=500)
curves_of(run)
sample(load_checkpoint(run), 64)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_core.data import DATASETS
    from gan_core.families import FAMILIES, RunConfig, new_config
    from gan_core.figures import curves_of
    from gan_core.latent import sample
    from gan_core.runs import load_checkpoint, resume, train

__version__ = "0.1.0"

_HOME = {
    "DATASETS": "gan_core.data",
    "FAMILIES": "gan_core.families",
    "RunConfig": "gan_core.families",
    "curves_of": "gan_core.figures",
    "load_checkpoint": "gan_core.runs",
    "new_config": "gan_core.families",
    "resume": "gan_core.runs",
    "sample": "gan_core.latent",
    "train": "gan_core.runs",
}

__all__ = [
    "DATASETS",
    "FAMILIES",
    "RunConfig",
    "__version__",
    "curves_of",
    "load_checkpoint",
    "new_config",
    "resume",
    "sample",
    "train",
]


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: torch takes seconds, and `--version` needs none of it.
    if name not in _HOME:
        raise AttributeError(f"module 'gan_core' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
