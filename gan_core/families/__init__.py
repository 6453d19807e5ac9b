"""One file per family: everything that the workshop knows of it. Importing this package registers them all.

docs/new-family.md shows how to add one.
"""

from gan_core.families import (
    acgan,
    cdcgan,
    cgan,
    dcgan,
    ebgan,
    infogan,
    lapgan,
    lsgan,
    r3gan,
    sngan,
    vanilla,
    wgan,
    wgan_gp,
)
from gan_core.families.config import RunConfig, new_config, read_values, validate_config, validate_data
from gan_core.families.gan import GAN, Batch, ExtraOutput, Loss
from gan_core.families.options import (
    BackboneOptions,
    ConvOptions,
    FamilyOptions,
    FormField,
    LogitLossOptions,
    form_fields,
    option,
)
from gan_core.families.outside import load_outside_families
from gan_core.families.presets import (
    PresetBenchmark,
    all_failure_demos,
    all_presets,
    benchmark_image,
    failure_demo_config,
    failure_demo_settings,
    load_benchmark,
    preset_config,
    preset_dataset,
    preset_family,
    preset_settings,
    presets_for,
    quick_config,
)
from gan_core.families.registry import (
    DEFAULT_FAMILY,
    FAMILIES,
    FEATURED_FAMILY,
    IMPORTED,
    IMPORTED_TITLE,
    FailureDemo,
    Family,
    FamilyRemedy,
    Preset,
    family_title,
    get_family,
    register,
)

# The order on the pages: the first one and its conditional forms, then those that came later.
for _module in (
    *(vanilla, cgan, dcgan, cdcgan),
    *(acgan, infogan, lapgan, ebgan),
    *(lsgan, wgan, wgan_gp, sngan, r3gan),
):
    register(_module.FAMILY)

OUTSIDE_ERRORS = load_outside_families()

__all__ = [
    "DEFAULT_FAMILY",
    "FAMILIES",
    "FEATURED_FAMILY",
    "GAN",
    "IMPORTED",
    "IMPORTED_TITLE",
    "OUTSIDE_ERRORS",
    "BackboneOptions",
    "Batch",
    "ConvOptions",
    "ExtraOutput",
    "FailureDemo",
    "Family",
    "FamilyOptions",
    "FamilyRemedy",
    "FormField",
    "LogitLossOptions",
    "Loss",
    "Preset",
    "PresetBenchmark",
    "RunConfig",
    "all_failure_demos",
    "all_presets",
    "benchmark_image",
    "failure_demo_config",
    "failure_demo_settings",
    "family_title",
    "form_fields",
    "get_family",
    "load_benchmark",
    "new_config",
    "option",
    "preset_config",
    "preset_dataset",
    "preset_family",
    "preset_settings",
    "presets_for",
    "quick_config",
    "read_values",
    "validate_config",
    "validate_data",
]
