"""How quickly "One vector" answers in a browser, idle and while a run trains.

    python -m bench latency                      # needs playwright and a Chromium (CHROMIUM names it)
    python -m bench latency --models mnist-dcgan --changes 60

Three things are measured on a server and a browser of their own, both on this machine:

change   from pressing -3 or 3 at an entry to the server's new picture, ready to be painted; median and 90th percentile
drag     what the browser does while a slider is dragged for three seconds: frames painted per second, different
         pictures shown per second, and the longest time from a movement to the picture drawn
messages what went to the server between pressing and releasing the mouse button in that drag
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.helpers.servers import chromium, served

ENTRIES = 20  # from which the changes choose in turn
DRAG_SECONDS = 3

# The times of changes, in ms. Pressed without a pointer, so that no frame is there before the server's picture.
CHANGES = """
async (panel, [changes, entries]) => {
  const image = panel.getRootNode().querySelector(".view img");
  const rows = panel.querySelectorAll(".row");
  const times = [];
  for (let change = 0; change < changes; change++) {
    const [low, , high] = rows[change % entries].querySelectorAll(".marks button");
    const begin = performance.now();
    const changed = new Promise((done) => {
      const observer = new MutationObserver(() => (observer.disconnect(), done()));
      observer.observe(image, { attributeFilter: ["src"] });
    });
    (low.getAttribute("aria-pressed") === "true" ? high : low).click();
    await Promise.race([changed, new Promise((done) => setTimeout(done, 5000))]);
    await image.decode();
    times.push(performance.now() - begin);
    await new Promise((done) => setTimeout(done, 250));
  }
  return times;
}
"""

# Counts what is painted until `stopWatching` is called.
WATCH = """
(panel) => {
  const canvas = panel.getRootNode().querySelector(".view canvas");
  const seen = { frames: 0, pictures: 0, slowest: 0, begin: performance.now() };
  let moved = null;
  panel.addEventListener("input", (event) => (moved ??= event.timeStamp), { capture: true });
  new MutationObserver(() => {
    seen.pictures += 1;
    if (moved !== null) seen.slowest = Math.max(seen.slowest, performance.now() - moved);
    moved = null;
  }).observe(canvas, { attributeFilter: ["data-frame"] });
  const tick = () => {
    seen.frames += 1;
    if (!seen.seconds) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  window.stopWatching = () => ({ ...seen, seconds: (seen.seconds = (performance.now() - seen.begin) / 1000) });
}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--models", nargs="+", default=["mnist-vanilla", "mnist-dcgan"])
    parser.add_argument("--changes", type=int, default=40)


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    with tempfile.TemporaryDirectory() as home, served("app.py", Path(home)) as server, chromium() as browser:
        url = server.url
        print(
            f"{'model':16} {'state':10} {'change: median':>15} {'90 %':>7}   drag: frames, pictures, slowest; messages"
        )
        for state in ("idle", "training"):
            if state == "training":
                start_a_run(browser, url)
            for model in options.models:
                times, drag, messages = measure(browser, f"{url}/latent?model={model}&view=vector", options.changes)
                print(
                    f"{model:16} {state:10} {statistics.median(times):12.0f} ms"
                    f" {statistics.quantiles(times, n=10)[-1]:4.0f} ms"
                    f"   {drag['frames'] / drag['seconds']:.0f}/s, {drag['pictures'] / drag['seconds']:.0f}/s,"
                    f" {drag['slowest']:.0f} ms; {messages}",
                    flush=True,
                )


def measure(browser: Browser, url: str, changes: int) -> tuple[list[float], dict, int]:
    """The times of changes in ms, what was painted in a drag, and the messages sent during it."""
    sent = []
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(url)
    panel = page.locator(".panel:has(.row)")
    panel.wait_for()
    page.wait_for_timeout(1500)
    times = panel.evaluate(CHANGES, [changes, ENTRIES])[1:]  # the first one warms up
    drag, messages = drag_a_slider(page, sent)
    page.context.close()
    return times, drag, messages


def drag_a_slider(page: Page, sent: list) -> tuple[dict, int]:
    """Drag a slider to and fro: what was painted, and how many messages were sent."""
    box = page.get_by_role("slider", name="entry 5", exact=True).bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.wait_for_timeout(1500)  # the frames come while the pointer rests
    page.locator(".panel:has(.row)").evaluate(WATCH)
    before, begin = len(sent), time.monotonic()
    page.mouse.down()
    while (now := time.monotonic() - begin) < DRAG_SECONDS:
        there = abs(now % 2 - 1)  # to and fro, two seconds for both
        page.mouse.move(box["x"] + box["width"] * (0.02 + 0.96 * there), middle)
    drag, messages = page.evaluate("stopWatching()"), len(sent) - before
    page.mouse.up()
    return drag, messages


def start_a_run(browser: Browser, url: str) -> None:
    """A run that lasts for the rest of the measurements."""
    page = browser.new_context().new_page()
    page.goto(f"{url}/train?family=vanilla")
    page.get_by_role("slider", name="Steps").focus()
    page.keyboard.press("End")
    page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
    page.locator(".js-plotly-plot").first.wait_for(timeout=120_000)
    page.context.close()
