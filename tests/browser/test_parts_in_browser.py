"""Pictures and failures as a visitor sees them."""

import io

import pytest
from PIL import Image

pytestmark = pytest.mark.browser

PHONE = (390, 844)


@pytest.mark.parametrize("name", ["Checkers", "Wide checkers"])
@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_a_picture_of_two_colours_is_painted_in_two_colours(parts, open_page, name, size):
    page = open_page(parts, size=size)
    painted = page.get_by_role("img", name=name, exact=True)
    painted.scroll_into_view_if_needed()
    box = painted.bounding_box()
    # Whole pixels inside the picture: a screenshot blends its fractional edges with the page.
    clip = {"x": box["x"] + 16, "y": box["y"] + 16, "width": 200, "height": 100}
    screenshot = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    assert {colour for _count, colour in screenshot.getcolors()} == {(0, 0, 0), (255, 255, 255)}


def test_a_small_picture_is_enlarged_by_a_whole_factor(parts, open_page):
    box = open_page(parts).get_by_role("img", name="Checkers", exact=True).bounding_box()
    assert (box["width"], box["height"]) == (280, 280)


def test_no_part_is_wider_than_a_phone(parts, open_page):
    page = open_page(parts, size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_an_error_that_people_can_mend_is_shown_as_one_line(parts, open_page, wait_idle):
    page = open_page(parts)
    page.get_by_role("button", name="Unknown file").click()
    wait_idle(page)
    assert page.get_by_test_id("stAlert").inner_text().strip().endswith("digits.zip: no such file; choose another one")


def test_a_bug_shows_neither_traceback_nor_detail(parts, open_page, wait_idle):
    page = open_page(parts)
    page.get_by_role("button", name="Bug").click()
    page.get_by_text("Something went wrong on this page.").wait_for()
    text = page.inner_text("body")
    assert "secret detail" not in text
    assert "Traceback" not in text
    page.get_by_role("button", name="Again").click()
    page.get_by_text("Something went wrong on this page.").wait_for(state="detached")
    wait_idle(page)
