"""Both themes can be read: WCAG AA, 4.5 : 1 for text and 3 : 1 for lines in charts."""

import tomllib
from pathlib import Path

import pytest

THEME = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def luminance(colour: str) -> float:
    channels = [value / 255 for value in bytes.fromhex(colour.removeprefix("#"))]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("surface", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("text", ["textColor", "linkColor", "primaryColor"])
def test_text_is_legible(mode, surface, text):
    assert contrast(THEME[mode][text], THEME[mode][surface]) >= 4.5


@pytest.mark.parametrize(("mode", "label"), [("light", "#ffffff"), ("dark", "#10141b")])
def test_the_label_of_a_primary_button_is_legible(mode, label):
    assert contrast(THEME[mode]["primaryColor"], label) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_lines_in_charts_stand_out(mode):
    for colour in THEME[mode]["chartCategoricalColors"]:
        assert contrast(colour, THEME[mode]["backgroundColor"]) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_streamlit_wants_ten_sequential_colours(mode):
    assert len(THEME[mode]["chartSequentialColors"]) == 10
