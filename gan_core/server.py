"""The app's server. The core does not import Streamlit: it runs it as `streamlit run app.py` would."""

from __future__ import annotations

import runpy
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from gan_core.errors import WorkshopError
from gan_core.paths import APP

PACKAGES = ("streamlit", "plotly", "babel")


def serve(port: int | None = None, address: str | None = None, browser: bool = True, more: Sequence[str] = ()) -> None:
    """Serve the app in this process until a signal ends it.

    Args:
        port: None leaves it to Streamlit: 8501 or the next one that is free.
        address: None leaves it to Streamlit: every address of the machine.
        browser: Whether one is opened, where there is one.
        more: Options of `streamlit run`.

    Raises:
        WorkshopError: If the app's packages are not installed.
    """
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        raise WorkshopError("the app needs more packages: pip install {packages}", packages=" ".join(missing))
    options = {"port": port, "address": address, "headless": None if browser else "true"}
    flags = [f"--server.{name}={value}" for name, value in options.items() if value is not None]
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # once the server has shut down, Ctrl-C ends the process like SIGTERM
    sys.argv = ["streamlit", "run", str(APP), *flags, *more]
    runpy.run_module("streamlit", run_name="__main__")
