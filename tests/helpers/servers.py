"""A server of the app in a process of its own, and a browser to visit it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
MAX_START_SECONDS = 120
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass(frozen=True)
class Server:
    """A process that serves pages.

    Attributes:
        log: File of everything that it prints.
    """

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str) -> bytes:
        """Fetch a path, waiting until the server answers; `RuntimeError` with its log where it does not."""
        deadline = time.monotonic() + MAX_START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:
                    return answer.read()
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the server did not start:\n{self.log.read_text(encoding='utf-8', errors='replace')}")

    def printed(self) -> list[str]:
        """The lines of its log that are not empty."""
        return [line.strip() for line in self.log.read_text(encoding="utf-8").splitlines() if line.strip()]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(command: Sequence[object], port: int, log: Path, *, cwd: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """Run a command that serves pages on a port of this machine; it is ended afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen([*map(str, command)], cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield Server(process, f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def served(script: str | Path, home: Path, *, cwd: Path = ROOT, base_path: str = "") -> Iterator[Server]:
    """Run a script of Streamlit with its own `GAN_HOME`; the server answers when the block begins.

    Args:
        script: Path relative to `cwd`.
        home: The `GAN_HOME`, where the log goes too.
        cwd: Folder to start from.
        base_path: Path below which everything is served, as behind a proxy; it is part of the server's `url`.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    command += [f"--server.baseUrlPath={base_path}"]
    env = os.environ | {"GAN_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with started(command, port, home / f"{Path(script).stem}.log", cwd=cwd, env=env) as server:
        if base_path:
            server = replace(server, url=f"{server.url}/{base_path}")
        server.get("/_stcore/health")
        yield server


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; `FileNotFoundError` where there is none. `CHROMIUM` names one that is not on the path."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    executable = next((path for name in names if name and (path := shutil.which(name))), None)
    if executable is None:
        raise FileNotFoundError("no Chromium found; install one or name it in the environment variable CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()
