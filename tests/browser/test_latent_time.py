"""Through training in a real browser: moving through time needs no server, and new steps move nothing."""

import pytest
from playwright.sync_api import expect

from gan_core.errors import Message
from gan_core.families import new_config
from gan_core.runs import Run, RunStore, Status, active_run
from tests.helpers.data import make_data
from tests.helpers.runs import begin

pytestmark = pytest.mark.browser

PHONE = (390, 844)
SMALL = {"mlp_size": "small", "latent_size": 8, "batch_size": 8, "threads": 1, "device": "cpu"}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> RunStore:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(active_run, "load_dataset", lambda name, **options: make_data(64))
        yield RunStore(tmp_path_factory.mktemp("home") / "runs")


@pytest.fixture(scope="module")
def view(serve, store) -> str:
    with serve("app.py", home=store.root.parent) as address:
        yield f"{address}/latent?view=time"


@pytest.fixture(scope="module")
def finished(store) -> str:
    run = created(store, 60)
    one = begin(store, run.id)
    one.train(60)
    one.complete()
    return run.id


def created(store: RunStore, steps: int) -> Run:
    return store.create(new_config("vanilla", "strokes", steps=steps, **SMALL))


def shown(page) -> str:
    """Which frame of the strip is seen."""
    return page.locator(".now .picture").first.evaluate("node => getComputedStyle(node).backgroundPosition")


def slider(page):
    return page.get_by_role("slider", name="Training step")


def test_a_drag_through_time_asks_the_server_nothing(view, finished, open_page, wait_idle, quiet):
    frames = []

    def listen(page):
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))

    page = open_page(f"{view}&model={finished}", before=listen)
    page.get_by_role("img", name="The effect of every entry at every step").wait_for()
    wait_idle(page)
    quiet(page, frames)
    box = slider(page).bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 8, middle)
    frames.clear()
    page.mouse.down()
    seen = set()
    for part in (0.9, 0.7, 0.5, 0.3):
        page.mouse.move(box["x"] + box["width"] * part, middle)
        seen.add(shown(page))
    assert len(seen) == 4
    assert frames == []
    place = page.locator(".time output").inner_text()
    page.mouse.up()
    page.wait_for_url("**at=*")
    assert place == f"step {page.url.split('at=')[1].split('&')[0]}"

    other = open_page(page.url)
    expect(other.locator(".time output")).to_have_text(place)
    assert shown(other) == shown(page)


def test_new_steps_of_a_run_in_training_move_nothing(view, store, open_page):
    run = created(store, 400)
    one = begin(store, run.id)
    one.train(60, steps=100)
    one.save()
    page = open_page(f"{view}&model={run.id}")
    slider(page).focus()
    page.keyboard.press("Home")
    for _press in range(3):
        page.keyboard.press("ArrowRight")
    place, before = page.locator(".time output").inner_text(), slider(page).get_attribute("max")
    one.train(60, steps=200)
    expect(slider(page)).not_to_have_attribute("max", before, timeout=20_000)
    assert page.locator(".time output").inner_text() == place
    one.suspend(Status.STOPPED, Message("stopped"))


def test_play_and_the_strip(view, finished, open_page):
    page = open_page(f"{view}&model={finished}&time=eight", size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert page.locator(".now .picture").count() == 8
    page.locator(".strip").click(position={"x": 5, "y": 5})
    assert page.locator(".time output").inner_text() == "step 0"
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".time output")).to_have_text("step 60", timeout=20_000)
    page.get_by_role("button", name="Play").wait_for()  # it stops by itself
