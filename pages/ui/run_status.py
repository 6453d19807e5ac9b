"""The status of a run as people see it."""

from __future__ import annotations

from gan_core.runs import Status
from pages.ui.text import N_

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
