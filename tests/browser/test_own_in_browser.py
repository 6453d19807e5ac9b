"""One's own pictures as a visitor gathers them: drawn, sorted by hand and by keys, taken back, still there later."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.looks import LOOKS

pytestmark = pytest.mark.browser


def draw(page: Page, offset: int) -> None:
    """One stroke, each with another offset, and the press that adds it."""
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 40 + offset, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 200, steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Add this drawing").click()


def picture(page: Page, number: int, label: str):
    return page.get_by_role("button", name=f"Picture {number}, {label}")


def test_pictures_are_drawn_sorted_and_brought_back(server, open_page, wait_idle):
    page = open_page(f"{server}/pictures")
    for number in range(3):
        draw(page, 20 * number)
        expect(page.get_by_text(f"Pictures: {number + 1}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Add this drawing").click()  # a blank canvas adds nothing

    label = page.get_by_role("combobox", name=re.compile("Their class"))
    label.click()
    label.fill("lines")
    label.press("Enter")
    wait_idle(page)
    draw(page, 90)
    expect(picture(page, 4, "lines")).to_be_visible()

    picture(page, 1, "Without a class").click()
    page.get_by_role("button", name="Move here: lines").click()
    expect(picture(page, 1, "lines")).to_be_visible()
    picture(page, 2, "Without a class").drag_to(page.get_by_role("region", name="lines"))
    expect(picture(page, 2, "lines")).to_be_visible()
    picture(page, 3, "Without a class").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_text("Pictures: 3", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(picture(page, 3, "Without a class")).to_be_visible()

    page.reload()
    expect(picture(page, 4, "lines")).to_be_visible()


@pytest.mark.parametrize(("size", "color_scheme"), LOOKS)
def test_the_page_fits_the_screen(server, open_page, size, color_scheme):
    page = open_page(f"{server}/pictures", size=size, color_scheme=color_scheme)
    draw(page, 0)
    expect(page.get_by_text("Pictures: 1", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
