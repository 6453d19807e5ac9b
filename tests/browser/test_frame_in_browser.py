"""The frame in a real browser: navigation, language, theme, narrow screens, and the routes beside the pages."""

import json
import re
import tomllib
import urllib.request
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import expect

import gan_core
from tests.helpers.looks import LOOKS, PHONE

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PATHS = ["", "train", "pictures", "latent", "models"]


def navigation(page) -> list[str]:
    return page.get_by_test_id("stTopNavLink").all_inner_texts()


def language(page, name: str):
    return page.locator(".st-key-lang").get_by_role("radio", name=name)


def test_the_first_visit_to_a_fresh_server_may_be_a_deep_link_below_a_base_path(serve, open_page, wait_idle):
    with serve("app.py", base_path="gan/demo") as url:
        page = open_page(f"{url}/train", harmless=("ERR_CONNECTION_REFUSED",))  # the server ends before the page
        assert len(navigation(page)) == len(PATHS)
        assert page.get_by_test_id("stSidebarNav").count() == 0
        assert page.locator("h1").inner_text() == "Train"
        page.locator(".js-plotly-plot").first.wait_for()  # the scripts of the components are found, too
        page.get_by_test_id("stTopNavLink").filter(has_text="Models").click()
        page.wait_for_url(re.compile(re.escape(url) + "/models"))
        page.get_by_role("heading", name="Models", exact=True).wait_for()
        wait_idle(page)  # no script of the page is still to come when the server ends


@pytest.fixture(scope="module")
def page_at(server, open_shared):
    """The page at a path, opened on a phone: a wider screen has room for all that a narrow one has."""
    return cache(lambda path: open_shared(f"{server}/{path}", size=PHONE, color_scheme="dark"))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("size", "color_scheme"), LOOKS)
def test_every_page_shows_its_title_and_fits(page_at, path, size, color_scheme):
    page = page_at(path)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=color_scheme)
    assert page.locator("h1").count() == 1
    assert page.title().endswith(" · GAN Workshop")
    page.wait_for_function(f"document.documentElement.scrollWidth <= {size[0]}")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_theme_follows_the_reader(page_at, color_scheme):
    page = page_at("")
    page.emulate_media(color_scheme=color_scheme)
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][color_scheme]
    red, green, blue = bytes.fromhex(theme["backgroundColor"][1:])
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", f"rgb({red}, {green}, {blue})")


def test_the_language_follows_the_browser(server, open_page):
    assert navigation(open_page(server, locale="zh-CN"))[1].endswith("训练")
    assert navigation(open_page(server, locale="de-DE"))[1].endswith("Train")


def test_the_chosen_language_stays_in_the_url(page, wait_idle):
    language(page, "中文").click()
    page.get_by_test_id("stTopNavLink").filter(has_text="训练").click()
    page.get_by_role("heading", name="训练", exact=True).wait_for()
    page.wait_for_url(re.compile("/train"))
    assert "lang=zh" in page.url

    page.reload()
    wait_idle(page)
    page.get_by_role("heading", name="训练", exact=True).wait_for()
    language(page, "English").click()
    page.get_by_role("heading", name="Train").wait_for()


def test_the_language_switch_hides_nothing_on_a_phone(phone):
    switch = phone.locator(".st-key-lang").bounding_box()
    menu = phone.get_by_test_id("stMainMenu").bounding_box()
    sidebar = phone.get_by_test_id("stExpandSidebarButton").bounding_box()
    assert sidebar["x"] + sidebar["width"] <= switch["x"]
    assert switch["x"] + switch["width"] <= menu["x"]
    assert switch["y"] + switch["height"] <= phone.locator("h1").bounding_box()["y"]


def test_health(server):
    with urllib.request.urlopen(f"{server}/api/health") as response:
        answer = json.load(response)
    assert answer["status"] == "ok"
    assert answer["device"] in {"cpu", "cuda", "mps"}
    assert answer["version"] == gan_core.__version__


def test_plotly_is_served_from_the_installed_package(server):
    with urllib.request.urlopen(f"{server}/vendor/plotly.min.js") as response:
        assert response.headers["Content-Type"].startswith("text/javascript")
        assert "max-age=31536000" in response.headers["Cache-Control"]
        assert b"plotly.js" in response.read(200)
