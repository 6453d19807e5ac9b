"""Home: what this is, what trained generators can do, and a start in one click."""

import streamlit as st

from gan_core.errors import WorkshopError
from gan_core.families import quick_config
from gan_core.models import shipped
from pages.library.cards import model_grid
from pages.ui import url_state
from pages.ui.messages import message_text
from pages.ui.routes import LATENT, MODELS, PICTURES, TRAIN
from pages.ui.runs import title_text
from pages.ui.service import get_service
from pages.ui.text import _

service = get_service()

st.title(_("Watch a forger learn"))
st.markdown(
    _(
        "A **GAN** is a game between two networks. The generator G turns random numbers into pictures; the "
        "discriminator D tries to tell them from real ones. Each gets better because the other does, until G draws "
        "pictures that D can hardly tell from real."
    )
)

with st.container(horizontal=True, gap="small", vertical_alignment="center"):
    if st.button(_("Train one now"), type="primary", icon=":material/play_arrow:", key="quick_start"):
        try:
            run = service.submit(quick_config())
        except WorkshopError as error:
            st.error(message_text(error), icon=":material/error:")
        else:
            st.switch_page(TRAIN, query_params=url_state.link(run=run.id))
    st.page_link(PICTURES, label=_("Train on your own pictures"), icon=":material/photo_library:")
    st.page_link(LATENT, label=_("Take a latent vector apart"), icon=":material/tune:")
    st.page_link(MODELS, label=_("Bring your own generator"), icon=":material/upload:")

active = [run for run in service.store.list() if run.is_active]
for run in active[:3]:
    st.page_link(
        TRAIN,
        label=_("Training now: {name}, step {step} of {steps}").format(
            name=title_text(run.name), step=f"{run.step:,}", steps=f"{run.config.steps:,}"
        ),
        icon=":material/monitoring:",
        query_params=url_state.link(run=run.id),
    )

st.subheader(_("Drawn by trained generators"))
model_grid(shipped(), columns=4)
