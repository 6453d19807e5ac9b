"""The form that makes a `RunConfig`: family, dataset, length, and everything else behind "All settings"."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from gan_core.config import RunConfig
from gan_core.data import DATASETS, keep_upload
from gan_core.errors import ConfigError, DataError
from gan_core.families import FAMILIES, new_config
from gan_core.families.registry import FAMILY_OPTIONS
from pages.parts.text import N_, _

STEPS = [200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000]

# What stands behind "All settings", in groups that belong together. `options` of a family decide which appear.
GROUPS = {
    N_("Images"): ["image_size", "channels"],
    N_("Networks"): ["size", "width", "latent_size", "noise"],
    N_("Game"): ["objective", "label_smoothing", "n_critic"],
    N_("Optimiser"): ["batch_size", "lr_g", "lr_d", "beta1", "beta2", "ema_decay"],
    N_("Run"): ["seed", "snapshot_every", "checkpoint_every", "device", "precision", "threads"],
}


def run_form() -> RunConfig | None:
    """Draw the form; the config when its button is pressed and everything fits, else None."""
    family = _choose_family()
    dataset, data_path = _choose_dataset()
    steps = st.select_slider(
        _("Steps"),
        STEPS,
        value=1000,
        key="form_steps",
        persist_state="session",
        help=_("Generator updates in the whole run."),
    )
    options = {"steps": steps, "data_path": data_path} | _settings(family, dataset)
    if not st.button(_("Train"), type="primary", icon=":material/play_arrow:", width="stretch", key="form_train"):
        return None
    try:
        return new_config(family, dataset, **options)
    except ConfigError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _choose_family() -> str:
    family = st.selectbox(
        _("Family"),
        list(FAMILIES),
        index=list(FAMILIES).index("dcgan"),
        format_func=lambda name: _(FAMILIES[name].title),
        key="family",
        bind="query-params",
        persist_state="session",
    )
    st.caption(_(FAMILIES[family].summary), help=FAMILIES[family].paper)
    return family


def _choose_dataset() -> tuple[str, str | None]:
    dataset = st.selectbox(
        _("Dataset"),
        list(DATASETS),
        format_func=lambda name: _(DATASETS[name].title),
        key="dataset",
        bind="query-params",
        persist_state="session",
    )
    st.caption(_(DATASETS[dataset].summary))
    return dataset, _upload() if dataset == "folder" else None


def _upload() -> str | None:
    """The path under which the visitor's zip of images is kept, or None while there is none."""
    file = st.file_uploader(
        _("A zip of images, one folder per class"),
        type="zip",
        key="form_upload",
        help=_("Images without folders work too, for the families that need no classes."),
    )
    if file is None:
        return None
    try:
        return str(keep_upload(file))
    except DataError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _settings(family: str, dataset: str) -> dict[str, Any]:
    """Every option that applies to the family, starting from its good settings for the dataset."""
    defaults = new_config(family, dataset, **({"data_path": "-"} if dataset == "folder" else {}))
    absent = FAMILY_OPTIONS - FAMILIES[family].options
    chosen = {}
    with st.expander(_("All settings"), icon=":material/tune:"):
        for group, names in GROUPS.items():
            st.markdown(f"**{_(group)}**")
            columns = st.columns(2)
            shown = [name for name in names if name not in absent]
            for index, name in enumerate(shown):
                with columns[index % 2]:
                    # The key holds family and dataset, so that choosing others brings their own good settings.
                    chosen[name] = _field(name, getattr(defaults, name), key=f"form_{family}_{dataset}_{name}")
    return chosen


def _field(name: str, default: Any, key: str) -> Any:
    """The widget for one option, by the type and bounds that `RunConfig` gives it."""
    field = RunConfig.model_fields[name]
    common = {"key": key, "help": _(field.description), "persist_state": "session"}
    choices = get_args(field.annotation)
    if choices:
        return st.selectbox(_(LABELS[name]), choices, index=choices.index(default), format_func=_choice, **common)
    number = field.annotation
    bounds = {
        kind: number(getattr(rule, kind)) for rule in field.metadata for kind in ("ge", "le") if hasattr(rule, kind)
    }
    return st.number_input(
        _(LABELS[name]),
        min_value=bounds.get("ge"),
        max_value=bounds.get("le"),
        value=default,
        step=1 if number is int else default / 10 or 0.05,
        format=None if number is int else "%g",
        **common,
    )


def _choice(value: Any) -> str:
    return _(CHOICES[value]) if value in CHOICES else str(value)


LABELS = {
    "image_size": N_("Image size"),
    "channels": N_("Colours"),
    "size": N_("Network size"),
    "width": N_("Width"),
    "latent_size": N_("Latent entries"),
    "noise": N_("Noise"),
    "objective": N_("Generator's loss"),
    "label_smoothing": N_("Label smoothing"),
    "n_critic": N_("D steps per G step"),
    "batch_size": N_("Batch"),
    "lr_g": N_("Learning rate of G"),
    "lr_d": N_("Learning rate of D"),
    "beta1": N_("Adam beta1"),
    "beta2": N_("Adam beta2"),
    "ema_decay": N_("Averaging (EMA)"),
    "seed": N_("Seed"),
    "snapshot_every": N_("Snapshot every"),
    "checkpoint_every": N_("Checkpoint every"),
    "device": N_("Device"),
    "precision": N_("Precision"),
    "threads": N_("CPU threads"),
}

CHOICES = {
    1: N_("grey"),
    3: N_("colour"),
    "non_saturating": N_("non-saturating"),
    "minimax": N_("minimax"),
    "standard": N_("standard"),
    "small": N_("small"),
    "normal": N_("normal"),
    "uniform": N_("uniform"),
    "auto": N_("automatic"),
    "mixed": N_("mixed"),
}
