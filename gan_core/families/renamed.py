"""Options as they were called before: runs, model cards, recordings and scripts of earlier versions hold them."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

# {old: (names since, default)}; the default is that which they had for every family.
RENAMED: dict[str, tuple[tuple[str, ...], Any]] = {
    "backbone": (("backbone",), "conv"),
    "size": (("mlp_size",), "standard"),
    "width": (("base_channels",), 64),
    "upsample": (("upsample",), "transposed"),
    "categories": (("num_categories",), 10),
    "codes": (("num_continuous_codes",), 2),
    "detail_size": (("level_noise_size",), 16),
    "objective": (("generator_loss",), "non_saturating"),
    "label_smoothing": (("label_smoothing",), 0.0),
    "clip": (("weight_clip",), 0.01),
    "penalty": (("gradient_penalty", "r1_gamma"), 10.0),
    "margin": (("energy_margin",), 0.1),
    "pt_weight": (("pt_weight",), 0.0),
    "class_weight": (("class_weight",), 1.0),
    "info_weight": (("info_weight",), 1.0),
    "schedule": (("lr_schedule",), "constant"),
}


def names_of_today(values: Mapping[str, Any], known: Container[str]) -> dict[str, Any]:
    """Values under the names of today. What has no meaning for the family is left out where it is the old default.

    Args:
        values: By name, of today or of before.
        known: The options of today, the family's among them.
    """
    today = {}
    for name, value in values.items():
        names, default = RENAMED.get(name, ((), None)) if name not in known else ((), None)
        if applying := next((new for new in names if new in known), None):
            today[applying] = value
        elif not names or value != default:
            today[name] = value
    return today
