"""A real server and a real Chromium for the tests in this folder.

`CHROMIUM` names the browser's executable if it is not on the PATH. Without a browser these tests are skipped; with
`REQUIRE_BROWSER=1` they fail instead. The pages of a test that fails are kept as pictures in
`tests/browser/screenshots/`, with `KEEP_SCREENSHOTS=1` those of every test.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.helpers.servers import chromium, served

SCREENSHOTS = Path(__file__).parent / "screenshots"
SERVER_LOGS: list[Path] = []
FAILED = pytest.StashKey[bool]()

DESKTOP = (1440, 900)
PHONE = (390, 844)

# How long a condition is waited for. It ends at once where it holds; a loaded machine may need most of it.
PATIENCE = 60_000  # milliseconds
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Add the end of the servers' logs to the report of a failed test, and note the failure for `_visits`."""
    report = yield
    if report.failed:
        item.stash[FAILED] = item.getparent(pytest.Module).stash[FAILED] = True
        for log in SERVER_LOGS:
            report.sections.append((f"log of {log.stem}", log.read_text(encoding="utf-8", errors="replace")[-4000:]))
    return report


Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Serve:
    """`with serve("app.py") as url:` runs a script, named from the repository's root, on a server of its own.

    home: its `GAN_HOME`, where a test may put runs; by default an empty folder
    base_path: as of `served`
    """

    @contextmanager
    def start(script: str, home: Path | None = None, base_path: str = "") -> Iterator[str]:
        with served(script, home or tmp_path_factory.mktemp("server"), base_path=base_path) as server:
            SERVER_LOGS.append(server.log)
            yield server.url
            SERVER_LOGS.remove(server.log)

    return start


@pytest.fixture(scope="session")
def server(serve: Serve) -> Iterator[str]:
    """The address of the whole app."""
    with serve("app.py") as url:
        yield url


@pytest.fixture(scope="session")
def parts(serve: Serve) -> Iterator[str]:
    """The address of `apps/parts_page.py`: the shared parts without the app around them."""
    with serve("tests/browser/apps/parts_app.py") as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of the session; each test has a context of its own."""
    try:
        with chromium() as browser:
            yield browser
    except FileNotFoundError as missing:
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip)(str(missing))


@pytest.fixture
def wait_idle() -> Callable[[Page], None]:
    """`wait_idle(page)` returns when the script of the page has run to its end and is drawn."""
    return _wait_idle


@pytest.fixture
def eventually() -> Callable[[Page, Callable[[], object]], None]:
    """`eventually(page, condition)` goes on when a condition in Python holds, and fails when it does not."""

    def wait(page: Page, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE / 1000
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            page.wait_for_timeout(20)  # handles the browser's events meanwhile

    return wait


@pytest.fixture
def quiet() -> Callable[[Page, list], None]:
    """`quiet(page, messages)` goes on when the list has not grown for half a second."""

    def wait(page: Page, messages: list) -> None:
        count = -1
        while count != len(messages):
            count = len(messages)
            page.wait_for_timeout(500)

    return wait


def _wait_idle(page: Page) -> None:
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_selector('[data-testid="stMainBlockContainer"] [data-testid="stElementContainer"]', state="attached")
    page.wait_for_function(
        "!document.querySelector('[data-testid=stAppSkeleton], [data-testid=stSkeleton], [data-stale=true]')"
    )


@pytest.fixture(scope="session")
def context_for(browser: Browser) -> Callable[..., BrowserContext]:
    """`context_for(locale="zh-CN")`: a context with these options, kept: pages load scripts from its cache."""
    contexts: dict[str, BrowserContext] = {}

    def find(**options) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
            contexts[key].set_default_timeout(PATIENCE)
        return contexts[key]

    return find


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(context_for, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """`open_page(url, size=PHONE, color_scheme="dark", locale="zh-CN")`: the page, idle, in a session of its own.

    Afterwards the test fails if a page logged an error to the browser's console or shows that its script failed.
    `harmless` names parts of addresses or messages that may go wrong in this test. `settled=False` does not wait until
    the page is idle: one that refreshes itself may never be, on a slow machine.
    """
    yield from _visits(context_for, request.node)


@pytest.fixture(scope="module")
def open_shared(context_for, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """`open_page` for a page that several tests of a file look at: to open one takes longer than most of them."""
    yield from _visits(context_for, request.node)


def _visits(context_for: Callable[..., BrowserContext], node: pytest.Item | pytest.Collector) -> Iterator[OpenPage]:
    """What `open_page` is for a test, or for all tests of a file."""
    pages: list[Page] = []
    errors: list[str] = []

    def visit(
        url: str,
        *,
        size=DESKTOP,
        color_scheme="light",
        reduced_motion="no-preference",
        harmless: tuple[str, ...] = (),
        before=None,
        settled=True,
        **context,
    ) -> Page:
        def note(message: ConsoleMessage) -> None:
            text = f"{message.text} ({message.location['url']})"
            if message.type == "error" and not any(part in text for part in harmless):
                errors.append(text)

        page = context_for(**context).new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        if before:
            before(page)
        page.goto(url)
        if settled:
            _wait_idle(page)
        return page

    yield visit

    keep = FAILED in node.stash or os.environ.get("KEEP_SCREENSHOTS") == "1"
    for number, page in enumerate(pages):
        if keep:
            SCREENSHOTS.mkdir(exist_ok=True)
            name = re.sub(r"\W+", "-", node.name).strip("-")
            page.screenshot(path=SCREENSHOTS / f"{name}-{number}.png")
        failures = page.locator('[data-testid="stException"], [data-testid="stAlert"]:has-text("Something went wrong")')
        errors += failures.all_inner_texts()
        page.close()
    assert not errors, "\n".join(errors)


@pytest.fixture
def page(server: str, open_page: OpenPage) -> Page:
    """The app's home page on a desktop screen."""
    return open_page(server)


@pytest.fixture
def phone(server: str, open_page: OpenPage) -> Page:
    """The app's home page on a phone."""
    return open_page(server, size=PHONE)
