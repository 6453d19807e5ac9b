"""`streamlit run app.py` as a whole: it starts from any folder without a word of complaint, and ends when told to."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.helpers.servers import free_port, started

APP = Path(__file__).parents[1] / "app.py"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_it_starts_from_another_folder_and_ends_cleanly(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", APP, f"--server.port={port}", "--server.address=127.0.0.1"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with started(command, port, tmp_path / "log", cwd=tmp_path, env=env) as server:
        server.get("/api/health")
        server.process.send_signal(signal.SIGTERM)
        status = server.process.wait(timeout=30)
    assert status in (0, -signal.SIGTERM)
    assert server.printed() == ["You can now view your Streamlit app in your browser.", f"URL: {server.url}"]
