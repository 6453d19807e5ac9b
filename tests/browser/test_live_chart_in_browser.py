"""The live chart in a real browser: it lasts, and it keeps what the reader did to it."""

import pytest

pytestmark = pytest.mark.browser

FULL_LAYOUT = "document.querySelector('.live-chart')._fullLayout"


@pytest.fixture(scope="module")
def still(parts, open_shared):
    """A page with a chart that does not change."""
    page = open_shared(parts)
    wait_for_points(page, 100)
    return page


@pytest.fixture(scope="module")
def growing(parts, open_shared):
    """A page with a chart that grows by a point every half second."""
    page = open_shared(f"{parts}?chart=growing", settled=False)
    wait_for_points(page, 50)
    return page


def wait_for_points(page, count: int) -> None:
    page.wait_for_function(f"document.querySelector('.live-chart')?._fullData?.[0]?._length >= {count}")


def points(page) -> int:
    return page.evaluate("document.querySelector('.live-chart')._fullData[0]._length")


def zoom(page) -> list[float]:
    """Drag over the middle of the plot; the range of x afterwards."""
    box = page.locator(".live-chart .nsewdrag").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=5)
    page.mouse.up()
    page.wait_for_function(f"{FULL_LAYOUT}.xaxis.autorange === false")
    return page.evaluate(f"{FULL_LAYOUT}.xaxis.range")


def test_zoom_node_and_hidden_traces_outlive_updates(growing):
    page = growing
    page.evaluate("document.querySelector('.live-chart').mark = 'the same node'")
    chosen = zoom(page)
    page.locator(".live-chart .legendtoggle").nth(1).click()
    page.wait_for_function("document.querySelector('.live-chart')._fullData[1].visible === 'legendonly'")

    wait_for_points(page, points(page) + 3)

    assert page.evaluate(f"{FULL_LAYOUT}.xaxis.range") == chosen
    assert page.evaluate("document.querySelector('.live-chart')._fullData[1].visible") == "legendonly"
    assert page.evaluate("document.querySelector('.live-chart').mark") == "the same node"
    assert page.locator(".live-chart").count() == 1


def test_double_click_follows_the_data_again(growing):
    page = growing
    zoom(page)
    page.locator(".live-chart .nsewdrag").dblclick()
    page.wait_for_function(f"{FULL_LAYOUT}.xaxis.autorange === true")
    last = points(page)
    wait_for_points(page, last + 1)
    assert page.evaluate(f"{FULL_LAYOUT}.xaxis.range[1]") >= last


def test_a_rerun_without_new_data_draws_nothing(still, wait_idle):
    page = still
    page.evaluate(
        "const chart = document.querySelector('.live-chart'); chart.draws = 0; "
        "chart.on('plotly_afterplot', () => { chart.draws += 1; });"
    )
    page.get_by_role("button", name="Again").click()
    wait_idle(page)
    page.wait_for_timeout(500)
    assert page.evaluate("document.querySelector('.live-chart').draws") == 0


def test_it_has_a_text_alternative_and_the_asked_height(still):
    page = still
    chart = page.get_by_role("img", name="Two curves")
    assert chart.bounding_box()["height"] == 320
    assert page.locator(".live-chart .main-svg").first.bounding_box()["height"] == 320


def test_it_follows_theme_and_width(parts, open_page):
    page = open_page(parts, color_scheme="light")
    wait_for_points(page, 100)
    light = page.evaluate(f"{FULL_LAYOUT}.font.color")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{FULL_LAYOUT}.font.color !== '{light}'")

    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(f"{FULL_LAYOUT}.width < 390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_sentence_replaces_a_chart_that_cannot_be_drawn(parts, open_page):
    def without_plotly(page):
        page.route("**/vendor/plotly.min.js*", lambda route: route.abort())

    page = open_page(parts, before=without_plotly, harmless=("plotly.min.js",))
    page.get_by_text("The chart could not be drawn. Reload the page to try again.").wait_for()
