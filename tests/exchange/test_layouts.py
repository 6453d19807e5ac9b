"""Published layouts draw their authors' pictures, or the import asks; what is no generator is refused by what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.imports import saved, verdict
from gan_core.errors import CheckpointError
from gan_core.exchange import inspect_generator, read_again
from tests.helpers.zoo import LAYOUTS, REFUSED

NARROW = 16  # times narrower than published, to be quick


SLOW = {"56x56, convolutions, stride 2"}  # thirteen seconds, as many candidates fit


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in LAYOUTS]
)
def test_the_authors_pictures_are_drawn_or_asked_about(name: str, tmp_path: Path):
    layout = LAYOUTS[name]
    net = layout.built(NARROW)
    reading = inspect_generator(saved(net, tmp_path))
    result, detail = verdict(layout, net, reading)
    assert result in ("drawn", "asks"), detail
    if reading.open:
        return
    again = read_again(reading.checkpoint())  # the stored import holds all that the file did
    assert again.structure.channels == layout.channels
    assert again.answers == reading.answers


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_generator_from_noise_is_refused_by_what_it_is(name: str, tmp_path: Path):
    make, reason = REFUSED[name]
    with pytest.raises(CheckpointError) as caught:
        inspect_generator(saved(make(1), tmp_path))
    text = str(caught.value)
    assert reason in text
    assert "\n" not in text


def test_there_are_at_least_forty_layouts():
    assert len(LAYOUTS) >= 40
