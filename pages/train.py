"""Train: choose a GAN on the left, watch it learn on the right."""

import streamlit as st

from gan_core.errors import WorkshopError
from gan_core.runs import Recording
from pages.training.form import run_form
from pages.training.panel import live_panel
from pages.ui import url_state
from pages.ui.messages import message_text
from pages.ui.runs import run_label, title_text
from pages.ui.service import default_run, get_service, recordings, view_of
from pages.ui.text import _


def _recording_label(recording: Recording) -> str:
    return _("Recorded: {name}").format(name=title_text(recording.run.name))


service = get_service()
form, panel = st.columns([1, 2.4], gap="large")

with form:
    st.title(_("Train"))
    config = run_form()
    if config is not None:
        try:
            url_state.put("run", service.submit(config).id)
        except WorkshopError as error:
            st.error(message_text(error), icon=":material/error:")

with panel:
    runs = {run.id: run_label(run) for run in service.store.list()}
    recorded = recordings()
    titles = runs | {name: _recording_label(recording) for name, recording in recorded.items()}
    wanted = url_state.linked("run")
    if wanted is not None and wanted not in titles:
        st.info(_("That run is not here any more. This is another one."), icon=":material/info:")
        url_state.put("run", None)
        wanted = None
    shown = wanted or default_run()
    chosen = st.selectbox(
        _("Run"),
        list(titles),
        index=list(titles).index(shown),
        format_func=titles.get,
        label_visibility="collapsed",
    )
    if chosen != shown:
        url_state.put("run", chosen)
        st.rerun()
    if chosen in recorded:
        view = recorded[chosen]
        st.subheader(_("A recorded run: {name}").format(name=title_text(view.run.name)))
        st.caption(_("Move the slider to see how the pictures came about, or start a run of your own."))
        live_panel(view, controls=False)
    else:
        url_state.put("run", chosen)
        live_panel(view_of(chosen))
