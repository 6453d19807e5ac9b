"""Your pictures: gather some, sort them, and train on them with settings that fit."""

import streamlit as st

from gan_core.data.collection import CODE, Collection, new_code
from pages.own.collect import collect
from pages.own.review import review
from pages.own.start import start
from pages.ui import url_state
from pages.ui.text import _

code = url_state.read_unshown("collection", "")
if not CODE.fullmatch(code):
    code = new_code()
url_state.write("collection", code)
collection = Collection(code)

st.title(_("Your pictures"))
st.caption(
    _(
        "Draw, photograph or upload some dozens of pictures of one kind, and a GAN learns to draw more of them. They "
        "are kept on this server under the link of this page: it brings them back after a reload, on another day, and "
        "on a phone. Whoever has the link can see them."
    )
)

left, right = st.columns([2, 3], gap="large")
with left:
    collect(collection)
with right:
    review(collection)
    start(collection)
