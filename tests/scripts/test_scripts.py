"""The scripts of the browser components: how they are served, and their own tests, which run in Node."""

import asyncio
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest
from starlette.applications import Starlette

from pages.components import assets
from pages.ui.routes import at_base_path

IMPORT = re.compile(r'^import .* from "(.+)";$', re.MULTILINE)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def get(path: str, base_path: str = "") -> Answer:
    """What the routes of the components answer."""
    app = Starlette(routes=at_base_path(assets.ROUTES, base_path))
    messages: list[dict] = []

    async def send(message: dict) -> None:
        messages.append(message)

    answering = app({"type": "http", "method": "GET", "path": path, "headers": []}, None, send)
    with ThreadPoolExecutor(1) as pool:  # the browser tests of the same process leave a loop in the main thread
        pool.submit(asyncio.run, answering).result()
    start, *parts = messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))


def test_the_tests_of_the_scripts_pass():
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    result = subprocess.run([node, "--test", Path(__file__).parent], capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_scripts_import_scripts_that_are_served():
    for name, content in assets.SCRIPTS.items():
        for address in IMPORT.findall(content.decode()):
            assert address.startswith("."), f"{name} imports {address}"
            path = PurePosixPath(name).parent.joinpath(address)
            parts = []
            for part in path.parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in assets.SCRIPTS, f"{name} imports {address}"


@pytest.mark.parametrize("base_path", ["", "gan/demo"])
def test_a_script_may_be_kept_for_ever(base_path):
    address = "/".join([*filter(None, [base_path]), assets.SCRIPTS_URL, "vector/panel.js"])
    answer = get(f"/{address}", base_path)
    assert answer.body == assets.SCRIPTS["vector/panel.js"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["nothing.js", "vector/panel.py", "../component.py", "%2e%2e/component.py", ""])
def test_nothing_but_scripts_is_served(name):
    assert get(f"/{assets.SCRIPTS_URL}/{name}").status == 404


def test_an_address_of_other_scripts_leads_nowhere():
    assert get("/components/0123456789abcdef/chart.js").status == 404


@pytest.mark.parametrize(
    "changed", [{"a.js": b"2"}, {"b.js": b"1"}, {"a.js": b"1", "b.js": b""}], ids=["content", "name", "another"]
)
def test_the_address_changes_with_every_script(changed):
    assert assets._digest({"a.js": b"1"}) != assets._digest(changed)
