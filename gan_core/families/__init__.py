"""One file per family, each reads like its paper. Importing this package registers them all."""

# The order of these lines is the order on the pages: the first game, its conditions, then those that came later.
# isort: off
from gan_core.families import vanilla, cgan, dcgan  # noqa: F401
from gan_core.families import acgan, infogan, lapgan, ebgan  # noqa: F401
from gan_core.families import lsgan, wgan, wgan_gp, sngan, r3gan  # noqa: F401

# isort: on
from gan_core.families.gan import GAN, Loss
from gan_core.families.presets import PRESETS, Preset, preset_config, preset_settings, presets_of, quick_config
from gan_core.families.promises import Promise, picture_of, promise_of
from gan_core.families.registry import (
    FAMILIES,
    IMPORTED,
    IMPORTED_TITLE,
    Family,
    check,
    check_data,
    family_title,
    get_family,
    new_config,
)

__all__ = [
    "FAMILIES",
    "GAN",
    "IMPORTED",
    "IMPORTED_TITLE",
    "PRESETS",
    "Family",
    "Loss",
    "Preset",
    "Promise",
    "check",
    "check_data",
    "family_title",
    "get_family",
    "new_config",
    "picture_of",
    "preset_config",
    "preset_settings",
    "presets_of",
    "promise_of",
    "quick_config",
]
