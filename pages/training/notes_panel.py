"""What a run tells of its data: what was left out and why, what was changed. One line, which opens."""

from __future__ import annotations

import streamlit as st

from gan_core.runs import Run, RunView
from pages.ui.messages import note_line
from pages.ui.text import _


def notes_line(view: RunView, run: Run) -> None:
    """Nothing for a run without notes."""
    notes = view.notes()
    if not notes:
        return
    with st.expander(_("Notes on this run: {n}").format(n=len(notes)), icon=":material/info:", key=f"notes_{run.id}"):
        for note in notes:
            note_line(note)
