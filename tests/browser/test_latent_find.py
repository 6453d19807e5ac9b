"""Find my picture in a real browser: drawing, and what becomes of it."""

import pytest

pytestmark = pytest.mark.browser

PHONE = (390, 844)


@pytest.fixture
def view(server) -> str:
    return f"{server}/latent?model=mnist-vanilla&view=find"


def draw(page) -> None:
    """A stroke down the middle of the canvas."""
    canvas = page.get_by_role("img", name="Canvas: draw")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"]
    page.mouse.move(x, y + 40)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + 2 * step, y + 40 + 20 * step)
    page.mouse.up()


def canvas_pixels(page) -> str:
    return page.locator(".drawing canvas").evaluate("node => node.toDataURL()")


def test_a_drawing_is_searched_and_its_entries_edited(view, open_page, wait_idle):
    page = open_page(view)
    example = page.locator(".st-key-find_pictures img").first.get_attribute("src")
    page.get_by_role("button", name="Clear").click()
    draw(page)
    page.wait_for_function(
        "old => document.querySelector('.st-key-find_pictures img')?.getAttribute('src') !== old", arg=example
    )
    wait_idle(page)
    drawn = canvas_pixels(page)
    page.get_by_role("button", name="Edit its entries").wait_for(timeout=60_000)
    assert canvas_pixels(page) == drawn  # the answers left the drawing alone
    target, found = (page.locator(".st-key-find_pictures img").nth(index).get_attribute("src") for index in (0, 1))

    other = open_page(page.url)  # a link: the same picture, the same result
    other.get_by_role("button", name="Edit its entries").wait_for(timeout=60_000)
    assert other.locator(".st-key-find_pictures img").nth(0).get_attribute("src") == target
    assert other.locator(".st-key-find_pictures img").nth(1).get_attribute("src") == found

    page.get_by_role("button", name="Edit its entries").click()
    page.get_by_role("slider", name="entry 0", exact=True).wait_for()


def test_a_finger_draws_and_does_not_scroll(view, open_page):
    page = open_page(view, size=PHONE, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    before = canvas_pixels(page)
    canvas = page.get_by_role("img", name="Canvas: draw")
    canvas.scroll_into_view_if_needed()
    canvas.tap(position={"x": 30, "y": 30})
    page.wait_for_url("**picture=*")
    assert canvas_pixels(page) != before
