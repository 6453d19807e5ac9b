"""Settings that are known to work."""

from __future__ import annotations

from gan_core.config import RunConfig
from gan_core.families.registry import new_config


def quick_config() -> RunConfig:
    """A small DCGAN on the built-in strokes that draws readable digits within a minute on two CPU cores.

    Narrow networks and a five times higher learning rate than the paper's: many cheap steps.
    """
    return new_config(
        "dcgan",
        "strokes",
        width=32,
        lr_g=1e-3,
        lr_d=1e-3,
        ema_decay=0.99,
        precision="mixed",
        steps=1000,
        snapshot_every=50,
    )
