"""Status and title of runs, for display."""

from __future__ import annotations

from gan_core.data import DATASETS
from gan_core.families import FAMILIES
from gan_core.runs import Run, Status
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


# Shipped models whose title does not begin with that of their family.
SHIPPED_TITLES = (N_("Small vanilla GAN"), N_("Collapsing vanilla GAN"))


def title_text(title: str) -> str:
    """The title of a run or a model, translated if nobody chose it: "FAMILY, DATASET", of a run or a shipped model."""
    model, _comma, dataset = title.partition(", ")
    models = {*(family.title for family in FAMILIES.values()), *SHIPPED_TITLES}
    if model in models and dataset in {spec.title for spec in DATASETS.values()}:
        return _("{family}, {dataset}").format(family=_(model), dataset=_(dataset))
    return title


def run_label(run: Run) -> str:
    """A run in a list of runs."""
    return f"{title_text(run.name)} · {run.id} · {_(STATUS[run.status][0])}"
