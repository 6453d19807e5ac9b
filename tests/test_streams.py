"""No output fails because the console, or where it is sent, cannot say 猫."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from gan_core.cli.shared import show
from gan_core.streams import is_unicode, use_utf8

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """Two classes, one with a name that few code pages have."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in (os.fsdecode("猫".encode()), "dog"):  # under an old locale it is not called 猫
        (folder / name).mkdir()
        for shade in range(8):
            Image.new("L", (28, 28), 20 + 25 * shade).save(folder / name / f"{shade}.png")
    return folder


# Both commands in one process, since each would spend seconds on importing torch.
TRAIN_AND_SAMPLE = """
import sys
from gan_core.cli import main
from gan_core.runs import RunStore

def run(*arguments):
    try:
        main(list(arguments))
    except SystemExit as end:
        print(end.code or 0)

run("train", *sys.argv[1:])
run("sample", RunStore().list()[0].id, "--class", "bird", "--out", "a.png")
"""


def train_and_sample(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess:
    hidden = {"PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL", "LANG", "LC_CTYPE"}
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "-c", TRAIN_AND_SAMPLE, *arguments],
        cwd=ROOT,
        env=inherited | {"GAN_HOME": str(home), "OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        check=True,
    )


# A file system that cannot say 猫 either, and a console that cannot.
@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"LC_ALL": "C"}, marks=pytest.mark.slow),
        {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "cp1252"},
    ],
)
def test_training_and_an_error_that_names_the_classes(pictures, tmp_path, environment):
    environment = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"} | environment
    settings = [
        "--data-path",
        str(pictures),
        "--set",
        "batch_size=4",
        "--set",
        "base_channels=4",
        "--set",
        "image_size=28",
    ]
    done = train_and_sample(
        "--family", "cdcgan", "--dataset", "folder", "--steps", "1", *settings, home=tmp_path, **environment
    )
    run_id, trained, refused = done.stdout.decode("ascii").split()
    assert run_id.startswith("cdcgan-folder-")
    assert (trained, refused) == ("0", "2"), done.stderr.decode("utf-8", "replace")
    error = done.stderr.splitlines()[-1]
    assert error.startswith(b"error: there is no class 'bird'; choose one of ")
    assert (b"\\u732b" in error) == ("PYTHONIOENCODING" in environment)


@pytest.fixture
def console(monkeypatch):
    """What is written to a stdout of some encoding, and whether that is a terminal."""

    def make(encoding: str, *, terminal: bool, chosen: bool = False) -> io.BytesIO:
        written = io.BytesIO()
        stream = io.TextIOWrapper(written, encoding=encoding, write_through=True)
        monkeypatch.setattr(stream, "isatty", lambda: terminal, raising=False)
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.delenv("PYTHONIOENCODING", raising=False)
        if chosen:
            monkeypatch.setenv("PYTHONIOENCODING", encoding)
        use_utf8()
        return written

    return make


@pytest.mark.parametrize(
    ("encoding", "how", "cat"),
    [
        ("cp1252", {"terminal": False}, "猫".encode()),
        ("cp1252", {"terminal": False, "chosen": True}, b"\\u732b"),
        ("cp1252", {"terminal": True}, b"\\u732b"),
        ("gb18030", {"terminal": True}, "猫".encode("gb18030")),
        ("utf-8", {"terminal": True}, "猫".encode()),
    ],
)
def test_files_and_pipes_get_utf8_and_a_terminal_what_it_can_show(console, encoding, how, cat):
    written = console(encoding, **how)
    print("猫", end="")
    assert written.getvalue() == cat


def test_half_a_character_of_a_path_is_no_error(console):
    written = console("utf-8", terminal=False)
    print(os.fsdecode(b"\xe7\x8c"), end="")
    assert b"\\udc" in written.getvalue() or sys.platform == "win32"


def test_other_streams_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    use_utf8()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_json_stays_json(console, encoding):
    written = console(encoding, terminal=True)
    show([{"class": "猫 🐈"}], [], as_json=True)
    text = written.getvalue().decode(encoding)
    assert json.loads(text) == [{"class": "猫 🐈"}]
    assert ("猫" in text) == (encoding == "utf-8")


@pytest.mark.parametrize(("encoding", "says_all"), [("utf-8", True), ("UTF8", True), ("cp1252", False), (None, False)])
def test_which_streams_can_write_everything(encoding, says_all):
    class Stream:
        pass

    stream = Stream()
    stream.encoding = encoding
    assert is_unicode(stream) is says_all
