"""The training engine: a trainer, its averaged generator, statistics on the device."""

from gan_core.training.device import resolve_device
from gan_core.training.statistics import Rows
from gan_core.training.trainer import Trainer

__all__ = ["Rows", "Trainer", "resolve_device"]
