"""Latent space: a trained generator taken apart, entry by entry."""

import streamlit as st

from gan_core.errors import CheckpointError
from pages.ui import url_state
from pages.ui.messages import error_line
from pages.ui.sources import model_facts, model_picker
from pages.ui.text import _
from pages.views import state
from pages.views.best import best_view
from pages.views.compare import compare_view
from pages.views.directions import directions_view
from pages.views.effects import effects_view
from pages.views.inversion import inversion_view
from pages.views.timeline import timeline_view
from pages.views.traversal import traversal_view
from pages.views.vector import vector_view
from pages.views.walks import walks_view
from pages.views.wants import wants_view

VIEWS = {
    "sheet": traversal_view,
    "vector": vector_view,
    "effects": effects_view,
    "best": best_view,
    "time": timeline_view,
    "directions": directions_view,
    "walks": walks_view,
    "find": inversion_view,
    "wants": wants_view,
    "compare": compare_view,
}
TITLES = {
    "sheet": _("Sheet"),
    "vector": _("One vector"),
    "effects": _("Where entries act"),
    "best": _("Best of"),
    "time": _("Through training"),
    "directions": _("Directions"),
    "walks": _("Walks"),
    "find": _("Find my picture"),
    "wants": _("What D wants"),
    "compare": _("Compare"),
}

url_state.follow_old_link()
st.title(_("Latent space"))
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    with st.container(width=360, gap="xsmall"):  # beside it there is room for all views on a very wide screen
        try:
            source, checkpoint = model_picker()
        except CheckpointError as error:
            error_line(error)
            st.stop()
    view = url_state.choice("view", _("View"), TITLES, hide_label=True)

with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    st.caption(model_facts(source, checkpoint), width="content")
    if source.run is not None and source.run.is_active:
        st.button(_("Refresh"), icon=":material/refresh:", key="refresh", type="tertiary")

if st.session_state.setdefault("latent_model", source.ref) != source.ref:
    state.model_changed(checkpoint.latent_spec)
    st.session_state["latent_model"] = source.ref
VIEWS[view](source, checkpoint)
