"""The atlas and the best of many in a real browser."""

import re

import pytest

pytestmark = pytest.mark.browser

PHONE = (390, 844)


@pytest.fixture(scope="module")
def latent(server) -> str:
    return f"{server}/latent?model=mnist-dcgan"


def groups(page, label: str):
    return page.get_by_role("group", name=label, exact=True)


def pictures(page, label: str) -> str:
    """The picture from which all pictures of a component are cut."""
    return groups(page, label).evaluate("node => node.style.getPropertyValue('--sprite')")


def pixels(cell) -> list[int]:
    """The picture of a cell, cut from the sprite as the style sheet cuts it."""
    return cell.evaluate(
        """async (cell) => {
          const style = getComputedStyle(cell);
          const number = (name) => Number(style.getPropertyValue(name));
          const sprite = new Image();
          sprite.src = style.getPropertyValue("--sprite").slice(5, -2);
          await sprite.decode();
          const [width, height] = [number("--width"), number("--height")];
          const canvas = new OffscreenCanvas(width, height).getContext("2d");
          canvas.drawImage(sprite, -number("--left") * width, -number("--top") * height);
          return Array.from(canvas.getImageData(0, 0, width, height).data);
        }"""
    )


def number_in(text: str) -> float:
    return float(re.search(r"= ([0-9.]+)", text)[1])


def wait_for_vector(page, wait_idle) -> None:
    page.get_by_alt_text("The picture of this vector").wait_for()
    wait_idle(page)


def test_a_picture_of_the_atlas_is_adopted(latent, open_page, wait_idle):
    page = open_page(f"{latent}&view=effects")
    cells = groups(page, "Atlas").get_by_role("button")
    assert cells.count() == 300
    box = cells.first.bounding_box()
    assert box["width"] == box["height"] == 56
    groups(page, "Atlas").get_by_role("button", name="entry 45 = 3", exact=True).click()
    wait_for_vector(page, wait_idle)
    assert page.get_by_role("spinbutton", name="value of entry 45", exact=True).input_value() == "3"


def test_the_link_to_the_atlas_holds_the_vector(latent, open_page):
    page = open_page(f"{latent}&view=effects&vectors=1&seed=3")
    page.wait_for_function("new URL(location.href).searchParams.has('z')")
    elsewhere = open_page(page.url.replace("seed=3", "seed=4"))
    assert pictures(elsewhere, "Atlas") != ""
    (first, *_rest) = groups(page, "entry 45").get_by_role("button").all()
    other = groups(elsewhere, "entry 45").get_by_role("button").first
    assert len(set(pixels(first))) > 10  # there is something to be seen
    assert pixels(first) == pixels(other)  # another ranking, yet the same vector


def test_arrow_keys_move_within_the_atlas(latent, open_page):
    page = open_page(f"{latent}&view=effects&vectors=1")
    cells = groups(page, "Atlas").get_by_role("button")
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.locator(".cell:focus").get_attribute("aria-label") == cells.nth(4).get_attribute("aria-label")


def test_the_best_can_be_opened(latent, open_page, wait_idle):
    page = open_page(f"{latent}&view=best&drawn=300")
    cell = groups(page, "Best").get_by_role("button").first
    score = cell.get_attribute("aria-label")
    cell.click()
    wait_for_vector(page, wait_idle)
    shown = page.get_by_text("D(G(z)) = ").inner_text()
    assert number_in(shown) == pytest.approx(number_in(score), abs=0.01)  # there the picture was rounded to grey levels


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("view", ["effects&measured=here", "best&drawn=300"])
def test_neither_view_is_wider_than_a_phone(latent, open_page, view, locale):
    page = open_page(f"{latent}&view={view}", size=PHONE, locale=locale, color_scheme="dark")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")
