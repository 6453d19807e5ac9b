"""The form that makes a `RunConfig`: family, dataset, start, length, and the rest behind "All settings"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from gan_core.data import DATASETS
from gan_core.errors import ConfigError
from gan_core.families import (
    FAMILIES,
    FEATURED_FAMILY,
    OUTSIDE_ERRORS,
    FormField,
    RunConfig,
    form_fields,
    new_config,
)
from pages.training.guide import paper_link, title_with_tagline
from pages.training.network_size import size_line
from pages.training.starting_points import PAPER, StartingPoint, show, starting_points
from pages.training.upload import choose_upload
from pages.ui import url_state
from pages.ui.messages import message_text
from pages.ui.text import N_, _

STEPS = [200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000]
FIELD_WIDTH = 145  # CSS pixels: two in a row, on a phone too

# What stands behind "All settings", by `FormField.group`. Variants come first, since they bring settings of their own.
GROUPS = {
    "variant": N_("Variant"),
    "images": N_("Images"),
    "networks": N_("Networks"),
    "game": N_("Game"),
    "optimizer": N_("Optimiser"),
    "run": N_("Run"),
}


def run_form() -> RunConfig | None:
    """Draw the form.

    Returns:
        The config when the button is pressed and everything fits, else None.
    """
    for error in OUTSIDE_ERRORS:
        st.warning(message_text(error), icon=":material/warning:")
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


def fields_of(family: str) -> dict[str, FormField]:
    """The settings of a family's runs by name: its own options first."""
    return form_fields(FAMILIES[family].options) | form_fields(RunConfig)


def setting_text(family: str, name: str, value: Any) -> str:
    """A value of a setting in words."""
    field = fields_of(family).get(name)
    return _choice(field, value) if field else str(value)


def change_text(family: str, name: str, before: Any, after: Any) -> str:
    """A changed setting in words, with its values before and after."""
    title = fields_of(family)[name].title
    return f"{_(title)} {setting_text(family, name, before)} → {setting_text(family, name, after)}"


def _choose_family() -> str:
    titles = {name: title_with_tagline(name) for name in FAMILIES}
    family = url_state.select("family", _("Family"), titles, FEATURED_FAMILY)
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
    titles = {name: point.title for name, point in points.items()}
    name = url_state.select("start", _("Start from"), titles, next(iter(points)))
    show(points[name])
    return (f"{family}_{PAPER}" if name == PAPER else name), points[name]


def _settings(defaults: RunConfig, start: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Every setting of the family's runs, beginning with the defaults of where it starts from."""
    family, fields = FAMILIES[defaults.family], fields_of(defaults.family)
    chosen: dict[str, Any] = {}
    with st.expander(_("All settings"), icon=":material/tune:"):
        for group, title in GROUPS.items():
            shown = [field for field in fields.values() if field.group == group]
            if not shown:
                continue
            st.markdown(f"**{_(title)}**")
            # Not columns, which a phone would put below each other, one after the other.
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                for field in shown:
                    if not field.acts(chosen):
                        continue
                    default = defaults.flat()[field.name]
                    chosen[field.name] = setting_widget(field, default, f"{key}_{field.name}")
                    if field.name in family.variants and chosen[field.name] != default:
                        key = f"{key}_{chosen[field.name]}"
                        defaults = _with_variant(defaults, start, field.name, chosen[field.name])
    return chosen


def _with_variant(defaults: RunConfig, start: Mapping[str, Any], name: str, value: Any) -> RunConfig:
    """The defaults of the same start for another variant, which brings good settings of its own."""
    return new_config(defaults.family, defaults.dataset, **{**start, "data_path": defaults.data_path, name: value})


def setting_widget(field: FormField, default: Any, key: str) -> Any:
    """The widget of one setting, by its type and bounds."""
    common = {"key": key, "help": _(field.description), "persist_state": "session", "width": FIELD_WIDTH}
    if field.choices:
        return st.selectbox(
            _(field.title),
            field.choices,
            index=field.choices.index(default),
            format_func=lambda value: _choice(field, value),
            **common,
        )
    number = field.number
    return st.number_input(
        _(field.title),
        min_value=None if field.low is None else number(field.low),
        max_value=None if field.high is None else number(field.high),
        value=default,
        step=1 if number is int else default / 10 or 0.05,
        format=None if number is int else "%g",
        **common,
    )


def _choice(field: FormField, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return _(field.labels.get(value, str(value)))
