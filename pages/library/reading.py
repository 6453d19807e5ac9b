"""How an imported generator is read: what its file determines, and candidates side by side for the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st
import torch

from gan_core.exchange import Question, Reading, in_words
from gan_core.exchange.questions import GROUNDS, TITLES
from gan_core.images import DARK, data_uri, grid, png_bytes
from gan_core.latent import cycle_classes
from gan_core.models.checkpoint import Checkpoint
from pages.library.cards import STYLE, sheet_picture, sheet_uri
from pages.ui.messages import message_text
from pages.ui.text import _

SHOWN = 8  # pictures of each candidate, in two rows
CANDIDATE_WIDTH = 150  # pixels at least
SHEET_WIDTH = 320


def reading_view(reading: Reading, key: str, title: str) -> Reading:
    """The pictures, what was recognised, and the choices; returns the reading with what the visitor chose.

    Args:
        reading: What is known so far.
        key: Of the widgets, and of the answers that are kept for this session.
        title: What the model is called.
    """
    st.html(STYLE)
    answers: dict[str, str] = st.session_state.setdefault(f"answers_{key}", {})
    reading = reading.answered(**answers)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="model__preview"):
        sheet_picture(sheet_uri(reading.checkpoint()), title)
    with right:
        st.markdown(f"**{_('Is this what you expected?')}**")
        _recognised(reading)
    _choices(reading, answers, key)
    return reading


def forget_answers(key: str) -> None:
    """What was chosen under `key` is over."""
    st.session_state.pop(f"answers_{key}", None)


def taken_for_granted(card: Mapping[str, Any]) -> list[str] | Any:
    """The answers on the card of an import, as lines; in English where an earlier version wrote the card."""
    try:
        return [
            # The sides of the maps that convolutions make follow from the weights, so the card keeps them.
            answer_line(
                name,
                answer["words"] if name == "plan" else message_text(in_words(name, answer["value"])),
                answer["grounds"],
            )
            for name, answer in card["answers"].items()
        ]
    except (AttributeError, KeyError, TypeError):  # a card may hold anything
        return card.get("assumptions")


def answer_line(name: str, words: str, grounds: str) -> str:
    """One answer in a line: the question, the answer in words, and what it rests on."""
    return f"{_(TITLES[name])}: {words} ({_(GROUNDS[grounds])})"


def _recognised(reading: Reading) -> None:
    lines = (
        answer_line(q.name, message_text(reading.in_words(q.name, q.chosen)), q.grounds) for q in reading.questions
    )
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    st.html(f'<div class="model-text"><p>{escape(message_text(reading.description))}</p><ul>{items}</ul></div>')


def _choices(reading: Reading, answers: dict[str, str], key: str) -> None:
    """One question at a time: first those that the file leaves open, then those with other answers all the same."""
    asked = [question for question in reading.questions if len(question.values) > 1]
    asked.sort(key=lambda question: question.grounds == "told")
    if not asked:
        return
    names = {question.name: _(TITLES[question.name]) for question in asked}
    st.markdown(f"**{_('What the file does not tell: choose by the pictures')}**")
    name = st.segmented_control(
        _("Question"),
        list(names),
        format_func=names.get,
        default=asked[0].name,
        required=True,
        key=f"question_{key}",
        label_visibility="collapsed",
    )
    question = next((question for question in asked if question.name == name), asked[0])
    _candidates(reading, question, answers, key)


def _candidates(reading: Reading, question: Question, answers: dict[str, str], key: str) -> None:
    assumed = question.values[0] if question.grounds == "assumed" else None
    with st.grid(min(len(question.values), 4), min_column_width=CANDIDATE_WIDTH, gap="small"):
        for value, checkpoint in reading.candidates(question.name).items():
            words = message_text(reading.in_words(question.name, value))
            chosen = value == question.chosen and question.grounds != "open"
            with st.container(key=f"model__{key}_{question.name}_{question.values.index(value)}"):
                st.image(_few(checkpoint), width="stretch", alt=words)
                note = _("{answer} (assumed)").format(answer=words) if value == assumed else words
                st.button(
                    note,
                    type="primary" if chosen else "secondary",
                    icon=":material/check:" if chosen else None,
                    width="stretch",
                    key=f"answer_{key}_{question.name}_{value}",
                    on_click=answers.__setitem__,  # before anything is drawn again
                    args=(question.name, value),
                )


def _few(checkpoint: Checkpoint) -> str:
    """The same eight vectors for all candidates of one layout, the classes in turn, as a picture's data URI."""
    spec = checkpoint.latent_spec
    vectors = spec.sample(SHOWN, generator=torch.Generator().manual_seed(0))
    if spec.choice_labels:
        vectors = cycle_classes(spec, vectors)
    images = checkpoint.draw(vectors)
    columns = SHOWN // 2
    scale = math.ceil(SHEET_WIDTH / (columns * images.shape[-1]))
    return data_uri(png_bytes(grid(images, columns, pad=1, background=DARK, scale=scale)))
