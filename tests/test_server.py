"""How `gan-workshop` hands its options to Streamlit. That the server runs is shown in `test_wheel.py`."""

import runpy
import signal
import sys

import pytest

from gan_core import __version__, cli
from gan_core.errors import WorkshopError
from gan_core.paths import APP
from gan_core.server import serve


@pytest.fixture
def streamlit(monkeypatch):
    """`streamlit(...)`: what Streamlit gets to read when these are the arguments of `gan-workshop`."""
    started = []
    monkeypatch.setattr(runpy, "run_module", lambda name, run_name: started.append([name, *sys.argv[1:]]))
    before = signal.getsignal(signal.SIGINT)

    def call(*arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["gan-workshop", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.workshop()
        assert not end.value.code
        return started.pop()

    yield call
    signal.signal(signal.SIGINT, before)


START = ["streamlit", "run", str(APP)]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], []),
        (["app"], []),
        (["--port", "8600"], ["--server.port=8600"]),
        (["app", "--port=8600"], ["--server.port=8600"]),
        (["--no-browser", "--address", "0.0.0.0"], ["--server.address=0.0.0.0", "--server.headless=true"]),
        (["--server.baseUrlPath=gan"], ["--server.baseUrlPath=gan"]),
        (["--theme.base", "dark", "--port", "8600"], ["--server.port=8600", "--theme.base", "dark"]),
    ],
)
def test_without_a_command_the_app_is_opened(streamlit, arguments, options):
    assert streamlit(*arguments) == START + options


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [(["--version"], __version__), (["--help"], "Commands"), (["families"], "dcgan"), (["app", "--help"], "--port")],
)
def test_other_commands_are_those_of_the_core(monkeypatch, capsys, arguments, printed):
    monkeypatch.setattr(sys, "argv", ["gan-workshop", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.workshop()
    assert not end.value.code
    assert printed in capsys.readouterr().out


def test_what_the_app_lacks_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)  # importing it fails now
    with pytest.raises(WorkshopError, match="the app needs more packages: pip install plotly"):
        serve()
