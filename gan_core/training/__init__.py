"""Training: a trainer for any GAN, its averaged generator, and its metrics."""

from gan_core.training.device import resolve_device
from gan_core.training.process_group import ProcessGroup
from gan_core.training.statistics import MetricRows
from gan_core.training.trainer import Trainer

__all__ = ["MetricRows", "ProcessGroup", "Trainer", "resolve_device"]
