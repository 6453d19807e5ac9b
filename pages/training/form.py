"""The form that makes a `RunConfig`: family, dataset, start, length, and the rest behind "All settings"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import streamlit as st

from gan_core.config import RunConfig
from gan_core.data import DATASETS
from gan_core.errors import ConfigError
from gan_core.families import FAMILIES, new_config
from gan_core.families.registry import FAMILY_OPTIONS
from pages.training.guide import paper_link, title_with_tagline
from pages.training.network_size import size_line
from pages.training.starting_points import PAPER, StartingPoint, show, starting_points
from pages.training.upload import choose_upload
from pages.ui import url_state
from pages.ui.messages import message_text
from pages.ui.text import N_, _

STEPS = [200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000]
FIELD_WIDTH = 145  # CSS pixels: two in a row, on a phone too

# What stands behind "All settings", in groups that belong together. `options` of a family decide which appear, and
# those of its `variants` come before all others, since they bring good settings of their own.
GROUPS = {
    N_("Variant"): ["upsample"],
    N_("Images"): ["image_size", "channels"],
    N_("Networks"): ["backbone", "size", "width", "latent_size", "noise", "detail_size", "categories", "codes"],
    N_("Game"): [
        "objective",
        "label_smoothing",
        "class_weight",
        "info_weight",
        "margin",
        "pt_weight",
        "clip",
        "penalty",
        "n_critic",
    ],
    N_("Optimiser"): ["optimizer", "batch_size", "lr_g", "lr_d", "beta1", "beta2", "schedule", "ema_decay"],
    N_("Run"): ["seed", "snapshot_every", "checkpoint_every", "device", "precision", "threads", "engine"],
}


def run_form() -> RunConfig | None:
    """Draw the form; the config when its button is pressed and everything fits, else None."""
    family = _choose_family()
    dataset, data_path = _choose_dataset()
    start, point = _choose_start(family, dataset)
    # Keys hold all that the settings depend on, so that another family, dataset, start or variant brings its own.
    key = f"form_{start}_{dataset}"
    defaults = new_config(family, dataset, **point.settings, **({"data_path": "-"} if dataset == "folder" else {}))
    steps = st.select_slider(
        _("Steps"),
        sorted({*STEPS, defaults.steps}),
        value=defaults.steps,
        key=f"{key}_steps",
        persist_state="session",
        help=_("Generator updates in the whole run."),
    )
    options = {"steps": steps, "data_path": data_path} | _settings(defaults, point.settings, key)
    if line := size_line(family, dataset, options):
        st.caption(line)
    if not st.button(_("Train"), type="primary", icon=":material/play_arrow:", width="stretch", key="form_train"):
        return None
    try:
        return new_config(family, dataset, **options)
    except ConfigError as error:
        st.error(message_text(error), icon=":material/error:")
        return None


def _choose_family() -> str:
    family = url_state.select("family", _("Family"), {name: title_with_tagline(name) for name in FAMILIES})
    st.caption(f"{_(FAMILIES[family].summary)} {paper_link(family)}")
    return family


def _choose_dataset() -> tuple[str, str | None]:
    titles = {name: _(spec.title) for name, spec in DATASETS.items()}
    dataset = url_state.select("dataset", _("Dataset"), titles, next(iter(DATASETS)))
    st.caption(_(DATASETS[dataset].summary))
    return dataset, choose_upload() if dataset == "folder" else None


def _choose_start(family: str, dataset: str) -> tuple[str, StartingPoint]:
    """The name of the starting point, unique among those of all families, and the point itself."""
    points = starting_points(family, dataset)
    name = url_state.select("start", _("Start from"), {name: point.title for name, point in points.items()}, family)
    show(points[name])
    return (f"{family}_{PAPER}" if name == PAPER else name), points[name]


def _settings(defaults: RunConfig, start: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Every option that applies to the family, beginning with the defaults of where it starts from."""
    family = FAMILIES[defaults.family]
    absent = FAMILY_OPTIONS - family.options
    chosen: dict[str, Any] = {}
    with st.expander(_("All settings"), icon=":material/tune:"):
        for group, names in GROUPS.items():
            shown = [name for name in names if name not in absent]
            if not shown:
                continue
            st.markdown(f"**{_(group)}**")
            # Not columns, which a phone would put below each other, one after the other.
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                for name in shown:
                    if not _acts(name, chosen):
                        continue
                    chosen[name] = _field(name, getattr(defaults, name), key=f"{key}_{name}")
                    if name in family.variants and chosen[name] != getattr(defaults, name):
                        key = f"{key}_{chosen[name]}"
                        defaults = _with_variant(defaults, start, name, chosen[name])
    return chosen


def _with_variant(defaults: RunConfig, start: Mapping[str, Any], name: str, value: Any) -> RunConfig:
    """The defaults of the same start for another variant, which brings good settings of its own."""
    return new_config(defaults.family, defaults.dataset, **{**start, "data_path": defaults.data_path, name: value})


def _acts(name: str, chosen: dict[str, Any]) -> bool:
    """Whether an option changes anything, given those that were chosen before it."""
    match name:
        case "width":
            return chosen.get("backbone") != "mlp"
        case "beta1":
            return chosen["optimizer"] != "rmsprop"
        case "beta2":
            return chosen["optimizer"] != "sgd"
    return True


def _field(name: str, default: Any, key: str) -> Any:
    """The widget for one option, by the type and bounds that `RunConfig` gives it."""
    field = RunConfig.model_fields[name]
    common = {"key": key, "help": _(field.description), "persist_state": "session", "width": FIELD_WIDTH}
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
    return _(CHOICES.get(value, str(value)))


LABELS = {
    "upsample": N_("Enlarging"),
    "image_size": N_("Image size"),
    "channels": N_("Colours"),
    "size": N_("Network size"),
    "width": N_("Width"),
    "latent_size": N_("Latent entries"),
    "noise": N_("Noise"),
    "backbone": N_("Layers"),
    "detail_size": N_("Entries per level"),
    "categories": N_("Categories"),
    "codes": N_("Codes"),
    "objective": N_("Generator's loss"),
    "label_smoothing": N_("Label smoothing"),
    "class_weight": N_("Weight of the class"),
    "info_weight": N_("Weight of the information"),
    "margin": N_("Margin"),
    "pt_weight": N_("Pulling-away weight"),
    "clip": N_("Clip weights at"),
    "penalty": N_("Penalty weight"),
    "n_critic": N_("D steps per G step"),
    "optimizer": N_("Optimiser"),
    "batch_size": N_("Batch"),
    "lr_g": N_("Learning rate of G"),
    "lr_d": N_("Learning rate of D"),
    "beta1": N_("Momentum (beta1)"),
    "beta2": N_("Decay (beta2)"),
    "schedule": N_("Schedule"),
    "ema_decay": N_("Averaging (EMA)"),
    "seed": N_("Seed"),
    "snapshot_every": N_("Snapshot every"),
    "checkpoint_every": N_("Checkpoint every"),
    "device": N_("Device"),
    "precision": N_("Precision"),
    "threads": N_("CPU threads"),
    "engine": N_("Engine"),
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
    "transposed": N_("transposed convolutions"),
    "nearest": N_("repeated pixels"),
    "mlp": N_("fully connected"),
    "conv": N_("convolutions"),
    "adam": "Adam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
    "eager": N_("step by step"),
    "graph": N_("recorded"),
    "constant": N_("constant"),
    "cosine": N_("cosine"),
}
