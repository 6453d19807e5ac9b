"""`streamlit run app.py` as a whole: it starts from any folder without a word of complaint, and ends when told to."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app.py"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_it_starts_from_another_folder_and_ends_cleanly(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(APP)]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(f"http://127.0.0.1:{port}/api/health", process, log)
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=30)
    finally:
        process.kill()
    assert status in (0, -signal.SIGTERM)
    lines = [line.strip() for line in log.read_text().splitlines() if line.strip()]
    assert lines == ["You can now view your Streamlit app in your browser.", f"URL: http://127.0.0.1:{port}"]


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text(encoding='utf-8')}")
