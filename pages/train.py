"""Train: choose a GAN on the left, watch it learn on the right."""

import streamlit as st

from gan_core.errors import WorkshopError
from pages.training.form import run_form
from pages.training.panel import live_panel
from pages.ui import url_state
from pages.ui.messages import message_text
from pages.ui.runs import run_label, title_text
from pages.ui.service import default_view, get_service, view_of
from pages.ui.text import _

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
    runs = {run.id: run for run in service.store.list()}
    wanted = url_state.linked("run")
    if wanted is not None and wanted not in runs:
        st.info(_("That run is not here any more. This is another one."), icon=":material/info:")
        url_state.put("run", None)
        wanted = None

    if not runs:
        view = default_view()
        st.subheader(_("A recorded run: {name}").format(name=title_text(view.run.name)))
        st.caption(_("Move the slider to see how the pictures came about, or start a run of your own."))
        live_panel(view, controls=False)
    else:
        view = view_of(wanted) if wanted else default_view()
        chosen = st.selectbox(
            _("Run"),
            list(runs),
            index=list(runs).index(view.run.id),
            format_func=lambda run_id: run_label(runs[run_id]),
            label_visibility="collapsed",
        )
        if chosen != view.run.id:
            url_state.put("run", chosen)
            st.rerun()
        url_state.put("run", chosen)
        live_panel(view)
