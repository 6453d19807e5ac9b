"""One vector in a real browser: what its controls send, and the picture that follows a slider without the server."""

from urllib.parse import parse_qs, urlsplit

import pytest
import torch
from playwright.sync_api import expect

from gan_core.latent_spec import LatentSpec
from pages.components.assets import SCRIPTS
from pages.components.vector import panel

pytestmark = pytest.mark.browser

MODEL = "mnist-vanilla"
PHONE = (390, 844)

# The panel with a server that answers at once. `control` is worked on; the vector that it sends must differ from the
# one before in nothing but its own entry.
EVERY_CONTROL = """
async (data) => {
  const { default: run } = await import("/vector/panel.js");
  let now = 0;
  performance.now = () => (now += 5000); // no waiting between two edits
  const sent = { edit: [], locked: [] };
  const answer = () => run({ data, parentElement: document, setStateValue: (name, value) => sent[name]?.push(value) });
  answer();

  let vector = data.vector, controls = 0;
  const wrong = [];
  const check = (what, expected, act) => {
    const before = sent.edit.length;
    act();
    const edit = sent.edit.at(-1);
    const changed = edit.vector.flatMap((value, index) => (value === vector[index] ? [] : [[index, value]]));
    if (sent.edit.length !== before + 1 || JSON.stringify(changed) !== JSON.stringify(expected)) {
      wrong.push({ what, expected, changed, edits: sent.edit.length - before });
    }
    vector = edit.vector;
    data.received = edit.count;
    answer();
    controls += 1;
  };
  const event = (control, name) => control.dispatchEvent(new Event(name, { bubbles: true }));

  [...document.querySelectorAll(".row")].forEach((row, entry) => {
    const [slider, number] = row.querySelectorAll("input");
    check(`slider ${entry}`, [[entry, 1.25]], () => {
      slider.value = 1.25;
      event(slider, "input");
      if (sent.edit.length > controls) wrong.push({ what: `slider ${entry} sent an edit while it was held` });
      event(slider, "change");
    });
    check(`number ${entry}`, [[entry, 0.75]], () => {
      number.value = 0.75;
      event(number, "change");
    });
    for (const mark of row.querySelectorAll(".marks button")) {
      const value = Number(mark.textContent.replace("\\u2212", "-"));
      check(`${value} of ${entry}`, [[entry, value]], () => mark.click());
    }
  });
  document.querySelectorAll(".classes button").forEach((button, chosen) => {
    const weights = vector.slice(100).map((_, index) => Number(index === chosen));
    const places = weights.map((weight, index) => [100 + index, weight]);
    const expected = places.filter(([place, weight]) => weight !== vector[place]);
    check(`class ${chosen}`, expected, () => button.click());
  });
  document.querySelectorAll(".lock:not([hidden])").forEach((button) => button.click());
  return { controls, wrong, locked: sent.locked };
}
"""


@pytest.fixture(scope="module")
def vector_page(server) -> str:
    return f"{server}/latent?model={MODEL}&view=vector"


def picture_of(page):
    return page.get_by_alt_text("The picture of this vector")


def frame_of(page):
    return page.locator(".view canvas")


def slider(page, entry: int):
    return page.get_by_role("slider", name=f"entry {entry}", exact=True)


def number(page, entry: int):
    return page.get_by_role("spinbutton", name=f"value of entry {entry}", exact=True)


def length_of_z(page) -> float:
    return float(page.get_by_text("length of z").inner_text().rsplit(" ", 1)[-1])


def script(url: str) -> bytes:
    return SCRIPTS[urlsplit(url).path.removeprefix("/")]


def test_each_control_changes_exactly_its_own_entry(browser):
    spec = LatentSpec.of(100, "normal", tuple("ABCDEFGHIJ"))
    facts = {"score": None, "length": "", "share": 0.5, "likely": ""}
    data = panel.panel_data(torch.full((110,), 0.125), spec) | {
        "revision": 0,
        "received": 0,
        "picture": {"src": "data:,", "alt": "", "size": 28, "side": 28, "facts": facts},
        "frames": None,
        "locked": [],
        "focus": None,
    }
    page = browser.new_context().new_page()
    page.route("http://panel.test/", lambda route: route.fulfill(content_type="text/html", body=panel.HTML))
    page.route("**/*.js", lambda route: route.fulfill(content_type="text/javascript", body=script(route.request.url)))
    page.goto("http://panel.test/")
    result = page.evaluate(EVERY_CONTROL, data)
    page.context.close()
    assert result["wrong"] == []
    assert result["controls"] == 110 * 5 + 10
    assert result["locked"][-1] == list(range(100))  # the locks changed no entry, and class weights have none


def test_a_drag_shows_the_picture_at_once_and_tells_the_server_at_its_end(
    vector_page, open_page, wait_idle, eventually, quiet
):
    messages = []

    def listen(page):
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: messages.append(frame)))

    page = open_page(vector_page, before=listen)
    before = picture_of(page).get_attribute("src")
    box = slider(page, 0).bounding_box()
    middle = box["y"] + box["height"] / 2
    quiet(page, messages)
    idle = len(messages)
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    eventually(page, lambda: len(messages) > idle)  # the pointer rests on the row: its frames are asked for
    wait_idle(page)
    quiet(page, messages)
    sent = len(messages)
    page.mouse.down()
    seen = set()
    for step in range(12):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.04 * step), middle)
        expect(frame_of(page)).to_be_visible()
        seen.add(frame_of(page).get_attribute("data-frame"))
    assert len(seen) > 8
    assert len(messages) == sent
    at_rest = number(page, 0).input_value()
    length = length_of_z(page)
    page.mouse.up()

    expect(frame_of(page)).to_be_hidden()  # the server's own picture takes its place
    expect(picture_of(page)).not_to_have_attribute("src", before)
    assert len(messages) == sent + 1
    assert number(page, 0).input_value() == at_rest
    assert length_of_z(page) == pytest.approx(length, abs=0.05)  # a frame is at most half a step away


def test_the_arrow_keys_show_frames_too(vector_page, open_page, wait_idle, eventually):
    messages = []

    def listen(page):
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: messages.append(frame)))

    page = open_page(vector_page, before=listen)
    asked = len(messages)
    slider(page, 3).focus()
    eventually(page, lambda: len(messages) > asked)
    wait_idle(page)
    page.keyboard.down("ArrowRight")
    expect(frame_of(page)).to_be_visible()
    page.keyboard.up("ArrowRight")
    expect(frame_of(page)).to_be_hidden()


def test_locks_are_in_the_link_and_hold(vector_page, open_page):
    page = open_page(f"{vector_page}&locked=1,3-4")
    lock = page.get_by_role("button", name="lock entry 5", exact=True)
    lock.click()
    page.locator(".st-key-vector_unlock").get_by_text("(4)").wait_for()
    page.wait_for_function("new URL(location.href).searchParams.get('locked') === '1,3-5'")
    kept = [number(page, entry).input_value() for entry in (1, 3, 4, 5)]
    other = number(page, 2).input_value()
    page.locator(".st-key-vector_new button:visible").click()
    expect(number(page, 2)).not_to_have_value(other)
    assert [number(page, entry).input_value() for entry in (1, 3, 4, 5)] == kept

    copy = open_page(page.url)
    expect(copy.locator(".lock[aria-pressed=true]")).to_have_count(4)
    assert parse_qs(urlsplit(copy.url).query)["z"] == parse_qs(urlsplit(page.url).query)["z"]
    assert picture_of(copy).get_attribute("src") == picture_of(page).get_attribute("src")


def test_on_a_phone_the_picture_stays_in_sight(vector_page, open_page):
    page = open_page(vector_page, size=PHONE)
    page.get_by_text("Paste or copy the vector").scroll_into_view_if_needed()
    slider(page, 5).scroll_into_view_if_needed()
    expect(picture_of(page)).to_be_in_viewport(ratio=0.9)
