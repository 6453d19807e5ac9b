"""How large the networks of a config are, without building them in memory."""

from __future__ import annotations

import streamlit as st
import torch

from gan_core.data import DATASETS, ImageData
from gan_core.errors import WorkshopError
from gan_core.families import RunConfig, get_family, new_config, validate_data
from pages.ui.text import _

BYTES_PER_WEIGHT = 4


def size_line(family: str, dataset: str, options: dict) -> str | None:
    """The weights of both networks and the size of their checkpoint in words; None for what cannot be built."""
    names = DATASETS[dataset].class_names
    if dataset == "folder" and get_family(family).conditional:
        return None  # the number of classes is known only when the images are read
    try:
        config = new_config(family, dataset, **options)
        generator, discriminator = _weights(config.to_json(), names)
    except WorkshopError:
        return None  # the form shows why when the button is pressed
    return _("Weights: {g} in G, {d} in D · checkpoint about {size} MB").format(
        g=_short(generator), d=_short(discriminator), size=f"{BYTES_PER_WEIGHT * (generator + discriminator) / 1e6:.1f}"
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _weights(config_json: str, class_names: tuple[str, ...]) -> tuple[int, int]:
    """The number of weights in generator and discriminator. On the meta device neither memory nor time is spent."""
    config = RunConfig.from_json(config_json)
    images = torch.zeros(max(1, len(class_names)), config.channels, config.image_size, config.image_size).byte()
    labels = torch.arange(len(class_names)) if class_names else None
    data = ImageData(config.dataset, images, labels, class_names)
    validate_data(config, data)
    with torch.device("meta"):
        gan = get_family(config.family).build(config, data)
    return tuple(sum(weight.numel() for weight in net.parameters()) for net in (gan.generator, gan.discriminator))


def _short(count: int) -> str:
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count / 1e3:.0f} k"
