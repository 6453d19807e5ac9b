"""The run that fits the pictures, with its reasons, and one button that starts it."""

from __future__ import annotations

import streamlit as st

from gan_core.data.collection import Collection
from gan_core.errors import WorkshopError
from gan_core.runs.recommend import Recommendation, recommend
from pages.own.review import pixels
from pages.ui import url_state
from pages.ui.messages import error_line, message_text, note_line
from pages.ui.routes import TRAIN
from pages.ui.service import get_service
from pages.ui.text import _


def start(collection: Collection) -> None:
    """Say what is recommended for these pictures, and start it at a press."""
    pictures = collection.pictures
    if not pictures.pictures:
        return
    try:
        advice = recommend(
            pictures.counts,
            colored=any(picture.colored for picture in pictures.pictures),
            spread=float(pixels(collection).std(axis=0).mean()),
        )
    except WorkshopError as error:
        error_line(error)
        return
    for warning in advice.warnings:
        st.warning(message_text(warning), icon=":material/info:")
    with st.container(border=True, gap="small"):
        st.markdown(_("**What fits these pictures**"))
        for reason in advice.reasons:
            note_line(f"· {message_text(reason)}")
        if st.button(
            _("Train on these pictures"), type="primary", icon=":material/play_arrow:", width="stretch", key="own_train"
        ):
            _train(collection, advice)


def _train(collection: Collection, advice: Recommendation) -> None:
    try:
        run = get_service().submit(advice.config(str(collection.as_zip(classes=advice.classes))))
    except WorkshopError as error:
        st.error(message_text(error), icon=":material/error:")
    else:
        st.switch_page(TRAIN, query_params=url_state.link(run=run.id))
