"""Inside a run: one iteration of its training in slow motion."""

import streamlit as st

from pages.inspection.motion import motion_view
from pages.ui import url_state
from pages.ui.messages import note_line
from pages.ui.routes import TRAIN
from pages.ui.runs import run_label
from pages.ui.service import get_service
from pages.ui.text import _

st.title(_("Slow motion"))
runs = {run.id: run for run in get_service().store.list()}
if not runs:
    note_line(_("There is no run yet to look into."))
    st.page_link(TRAIN, label=_("Train one"), icon=":material/model_training:")
    st.stop()

wanted = url_state.linked("run")
if wanted is not None and wanted not in runs:
    note_line(_("That run is not here any more. This is another one."))
with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    with st.container(width=440):
        chosen = st.selectbox(
            _("Run"),
            list(runs),
            index=list(runs).index(wanted) if wanted in runs else 0,
            format_func=lambda run_id: run_label(runs[run_id]),
            label_visibility="collapsed",
        )
    st.page_link(
        TRAIN, label=_("Back to the run"), icon=":material/monitoring:", query_params=url_state.link(run=chosen)
    )
url_state.put("run", chosen)
motion_view(runs[chosen])
