"""One file per family, each reads like its paper. Importing this package registers them all."""

from gan_core.families import cgan, dcgan, vanilla  # noqa: F401  (this order is the order on the pages)
from gan_core.families.gan import GAN, Loss
from gan_core.families.latent import Latent, Section
from gan_core.families.presets import quick_config
from gan_core.families.registry import FAMILIES, Family, check, check_data, get_family, new_config

__all__ = [
    "FAMILIES",
    "GAN",
    "Family",
    "Latent",
    "Loss",
    "Section",
    "check",
    "check_data",
    "get_family",
    "new_config",
    "quick_config",
]
