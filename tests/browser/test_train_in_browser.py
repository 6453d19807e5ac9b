"""Training from the page, as a visitor does it: start, watch, pause, resume, stop, come back."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# The first chart of a run on strokes, and not of the recording that is shown before there is one.
POINTS = "document.querySelector('[class*=-strokes-] .js-plotly-plot')?._fullData?.[0]?.x"
LONG = 120_000  # milliseconds; the first run of a server also draws its dataset


def step(page) -> int:
    text = page.get_by_text(re.compile(r"Step [\d,]+ of [\d,]+")).first.inner_text()
    return int(re.search(r"Step ([\d,]+)", text)[1].replace(",", ""))


def press(page, name: str) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True).click()


def last_point(page) -> float:
    return page.evaluate(f"Math.max(...{POINTS})")


def wait_for_status(page, status: str) -> None:
    page.locator(".stMarkdownBadge", has_text=status).wait_for(timeout=LONG)


def wait_for_steps_beyond(page, number: float) -> None:
    page.wait_for_function(f"{POINTS}?.length && Math.max(...{POINTS}) > {number}", timeout=LONG)


@pytest.fixture(scope="module")
def run_id(server, context_for):
    """A long run that trains as long as the tests of this file last, started from the page."""
    page = context_for().new_page()
    page.goto(f"{server}/train?family=vanilla")
    page.get_by_role("slider", name="Steps").focus()
    page.keyboard.press("End")
    press(page, "Train")
    wait_for_status(page, "training")
    yield re.search(r"run=([\w-]+)", page.url)[1]
    press(page, "Stop")
    wait_for_status(page, "stopped")
    page.close()


@pytest.fixture(scope="module")
def training(server, run_id, open_shared):
    """The train page with that run, which goes on after every test."""
    page = open_shared(f"{server}/train?run={run_id}", settled=False)
    wait_for_status(page, "training")
    wait_for_steps_beyond(page, 0)
    return page


def test_one_click_on_the_home_page_starts_a_run_and_one_stops_it(server, open_page):
    """Comes before the tests of the long run, behind which it would have to wait."""
    page = open_page(server)
    press(page, "Train one now")
    page.wait_for_url(re.compile(r"/train\?.*run=dcgan-strokes-"), timeout=LONG)
    wait_for_steps_beyond(page, 0)
    press(page, "Stop")
    wait_for_status(page, "stopped")
    stopped_at = step(page)
    assert stopped_at > 0
    page.wait_for_timeout(1000)
    assert step(page) == stopped_at


def test_curves_grow_by_themselves_and_pictures_follow(training):
    page = training
    first = last_point(page)
    wait_for_steps_beyond(page, first)
    second = last_point(page)
    wait_for_steps_beyond(page, second)
    picture = page.get_by_alt_text(re.compile("images that the generator draws at step"))
    picture.wait_for()
    before = picture.get_attribute("src")
    page.wait_for_function(
        "before => document.querySelector('img[alt*=\"images that the generator draws\"]')?.src !== before",
        arg=before,
        timeout=LONG,
    )


def test_pause_resume_and_refresh(training, wait_idle):
    page = training
    press(page, "Pause")
    wait_for_status(page, "paused")
    paused_at = step(page)
    page.wait_for_timeout(1000)
    page.reload()  # a new session finds the run by its id in the address
    wait_idle(page)
    wait_for_status(page, "paused")
    assert step(page) == paused_at

    press(page, "One step")
    page.get_by_text(re.compile(f"Step {paused_at + 1:,} of")).wait_for(timeout=LONG)

    press(page, "Resume")
    wait_for_steps_beyond(page, paused_at + 1)


def test_a_second_tab_sees_the_same_run(training, open_page):
    page = training
    other = open_page(page.url, settled=False)
    wait_for_steps_beyond(other, 0)
    wait_for_steps_beyond(other, last_point(page))


def test_the_reader_keeps_an_old_snapshot_while_new_ones_arrive(training, eventually):
    page = training
    slider = page.get_by_role("slider", name="The same latent vectors at step")
    slider.wait_for(timeout=LONG)
    oldest = page.get_by_alt_text(re.compile("at step 0$"))

    def oldest_is_chosen() -> bool:
        slider.press("Home")  # again where a new snapshot has just put another slider in its place
        return oldest.is_visible()

    eventually(page, oldest_is_chosen)
    wait_for_steps_beyond(page, last_point(page))
    wait_for_steps_beyond(page, last_point(page))
    assert page.get_by_alt_text(re.compile("at step 0$")).is_visible()


def test_other_pages_answer_while_a_run_trains(training, server, open_page):
    page = open_page(f"{server}/models")
    page.get_by_role("heading", name="Models", exact=True).wait_for()
    assert last_point(training) > 0


def test_a_deleted_run_in_the_address_gives_one_clear_line(server, open_page):
    page = open_page(f"{server}/train?run=dcgan-mnist-000000")
    page.get_by_text("That run is not here any more").wait_for()


def test_an_iteration_of_the_run_is_told_by_the_arrow_keys(training, open_page):
    page = open_page(training.url, settled=False)
    page.get_by_role("link", name="Slow motion").click()
    for key, heading in (
        (None, "Discriminator: Real pictures"),
        ("ArrowRight", "Discriminator: Draw z"),
        ("ArrowRight", "Discriminator: Make fakes"),
        ("ArrowLeft", "Discriminator: Draw z"),
    ):
        if key:
            page.keyboard.press(key)
        page.get_by_role("heading", name=heading).wait_for()
    assert page.evaluate("new URL(location.href).searchParams.get('sub')") == "1"
    assert page.locator(".katex-display").count() == 2  # z of the first picture, and how it is drawn


def test_d_learns_alone_that_is_undone_and_a_knob_is_turned(training):
    """On a run that trains: the move pauses it, undoing shows the step before, the change stands below the knobs."""
    page = training
    page.get_by_text("Studio: play both sides").click()
    studio = page.get_by_test_id("stExpanderDetails").filter(has_text="Who learns")
    studio.get_by_role("button", name="10 steps", exact=True).click()
    wait_for_status(page, "paused")
    told = studio.get_by_text(re.compile(r"Steps [\d,]+ to [\d,]+, D only"))
    told.wait_for()
    first, last = (int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", told.inner_text())[:2])
    assert (last - first + 1, step(page)) == (10, last)
    assert studio.locator("figure").count() == 16

    studio.get_by_role("button", name="Undo").click()
    page.get_by_text(re.compile(f"Step {first - 1:,} of")).wait_for()
    told.wait_for(state="detached")

    rate = studio.get_by_role("spinbutton", name="Learning rate of D")
    expect(rate).to_have_count(1)
    rate.fill("0.0004")
    rate.press("Tab")
    studio.get_by_role("button", name="Apply to this run").click()
    studio.get_by_text(f"After step {first - 1:,}: Learning rate of D").wait_for()
    press(page, "Resume")
    wait_for_steps_beyond(page, last)
