"""Pictures and failures as a visitor sees them."""

import io
from functools import cache

import pytest
from PIL import Image

pytestmark = pytest.mark.browser

DESKTOP, PHONE = (1440, 900), (390, 844)


@pytest.fixture(scope="module")
def parts_at(parts, open_shared):
    """The page at a size of the screen."""
    return cache(lambda size: open_shared(parts, size=size))


@pytest.mark.parametrize("name", ["Checkers", "Wide checkers"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_picture_of_two_colours_is_painted_in_two_colours(parts_at, name, size):
    page = parts_at(size)
    painted = page.get_by_role("img", name=name, exact=True)
    painted.scroll_into_view_if_needed()
    box = painted.bounding_box()
    # Whole pixels inside the picture: a screenshot blends its fractional edges with the page.
    clip = {"x": box["x"] + 16, "y": box["y"] + 16, "width": 200, "height": 100}
    screenshot = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    assert {colour for _count, colour in screenshot.getcolors()} == {(0, 0, 0), (255, 255, 255)}


def test_a_small_picture_is_enlarged_by_a_whole_factor(parts_at):
    box = parts_at(DESKTOP).get_by_role("img", name="Checkers", exact=True).bounding_box()
    assert (box["width"], box["height"]) == (280, 280)


def test_no_part_is_wider_than_a_phone(parts_at):
    page = parts_at(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_an_error_that_people_can_mend_is_shown_as_one_line(parts, open_page, wait_idle):
    page = open_page(parts)
    page.get_by_role("button", name="Unknown file").click()
    wait_idle(page)
    assert page.get_by_test_id("stAlert").inner_text().strip().endswith("digits.zip: no such file; choose another one")


def test_a_bug_shows_neither_traceback_nor_detail(parts_at, wait_idle):
    page = parts_at(DESKTOP)
    page.get_by_role("button", name="Bug").click()
    page.get_by_text("Something went wrong on this page.").wait_for()
    text = page.inner_text("body")
    assert "secret detail" not in text
    assert "Traceback" not in text
    page.get_by_role("button", name="Again").click()
    page.get_by_text("Something went wrong on this page.").wait_for(state="detached")
    wait_idle(page)
