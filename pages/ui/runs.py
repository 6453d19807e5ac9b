"""Runs as people see them: status and title."""

from __future__ import annotations

from gan_core.data import DATASETS
from gan_core.families import FAMILIES
from gan_core.runs import Status
from pages.ui.text import N_, _

# colour and icon of each status; `_` finds the words
STATUS = {
    Status.QUEUED: (N_("queued"), "grey", ":material/hourglass_empty:"),
    Status.PREPARING: (N_("preparing"), "blue", ":material/downloading:"),
    Status.RUNNING: (N_("training"), "green", ":material/play_circle:"),
    Status.PAUSED: (N_("paused"), "orange", ":material/pause_circle:"),
    Status.STOPPED: (N_("stopped"), "grey", ":material/stop_circle:"),
    Status.FINISHED: (N_("finished"), "green", ":material/check_circle:"),
    Status.FAILED: (N_("failed"), "red", ":material/error:"),
    Status.INTERRUPTED: (N_("interrupted"), "orange", ":material/power_off:"),
}


def title_text(title: str) -> str:
    """The title of a run or a model in the reader's language, if it is the one that a run gets by itself."""
    family, _comma, dataset = title.partition(", ")
    if family in {spec.title for spec in FAMILIES.values()} and dataset in {spec.title for spec in DATASETS.values()}:
        return _("{family}, {dataset}").format(family=_(family), dataset=_(dataset))
    return title
