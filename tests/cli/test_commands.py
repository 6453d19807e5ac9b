"""The command line: what it writes, what it prints, and how it says no."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console

import gan_core
from gan_core import cli
from gan_core.cli import shared
from gan_core.cli.commands import COMMANDS, load_command
from gan_core.errors import DataError
from gan_core.families import get_family, new_config
from gan_core.models import Checkpoint, save_checkpoint
from gan_core.runs import active_run
from tests.helpers.data import make_data


@pytest.fixture
def run(monkeypatch, capsys):
    """`run("train", ...)` -> (exit status, stdout, stderr), in this process and on a small dataset of noise.

    Only `folder` is what it is.
    """
    real = active_run.load_dataset
    monkeypatch.setattr(
        active_run, "load_dataset", lambda name, **options: real(name, **options) if name == "folder" else make_data(64)
    )

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gan_core", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return end.value.code or 0, printed.out, printed.err

    return call


@pytest.fixture
def checkpoint(tmp_path):
    """The path of an untrained conditional checkpoint."""
    data = make_data(16)
    torch.manual_seed(0)
    gan = get_family("cgan").build(new_config("cgan", latent_size=12), data)
    path = tmp_path / "digits.safetensors"
    save_checkpoint(Checkpoint("digits", "cgan", gan.generator, gan.discriminator, gan.latent_spec), path)
    return path


TINY = ["--set", "mlp_size=small", "--set", "batch_size=8", "--set", "latent_size=100", "--device", "cpu"]


def test_train_prints_the_run_last_and_the_run_can_be_used(run, tmp_path):
    status, out, _ = run("train", "--steps", "6", *TINY)
    assert status == 0
    run_id = out.split()[-1]
    assert run_id.startswith("vanilla-strokes-")

    status, out, _ = run("runs", "--json")
    assert [(row["id"], row["status"], row["step"]) for row in json.loads(out)] == [(run_id, "finished", 6)]

    status, out, _ = run("resume", run_id, "--steps", "9")
    assert (status, out.split()[-1]) == (0, run_id)
    assert json.loads(run("runs", "--json")[1])[0]["step"] == 9

    assert run("sample", run_id, "-n", "4", "--out", tmp_path / "grid.png")[0] == 0
    assert Image.open(tmp_path / "grid.png").size == (4 * 58 + 2, 60)


def test_samples_as_an_array_come_with_their_labels(run, checkpoint, tmp_path):
    status, _, _ = run("sample", checkpoint, "-n", "12", "--class", "3", "--out", tmp_path / "digits.npy")
    assert status == 0
    images, labels = np.load(tmp_path / "digits.npy"), np.load(tmp_path / "digits.labels.npy")
    assert (images.shape, images.dtype) == ((12, 1, 28, 28), np.uint8)
    assert labels.tolist() == [3] * 12


def test_best_of_keeps_what_the_discriminator_likes(run, checkpoint, tmp_path):
    from gan_core.latent import sample
    from gan_core.runs import load_checkpoint

    assert run("sample", checkpoint, "-n", "5", "--best", "0.1", "--out", tmp_path / "best.npy")[0] == 0
    model = load_checkpoint(checkpoint)
    everything = sample(model, 50, seed=0)
    scores = model.score(everything.z)
    expected = everything.images[scores.argsort(descending=True)[:5]]
    assert np.array_equal(np.load(tmp_path / "best.npy"), expected.numpy())


def test_the_same_seed_gives_the_same_samples(run, checkpoint, tmp_path):
    for name in ("a.npy", "b.npy"):
        run("sample", checkpoint, "-n", "3", "--seed", "7", "--out", tmp_path / name)
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()


def test_sweep(run, checkpoint, tmp_path):
    arguments = ["--dims", "1,5", "--values=-3:3:3", "--columns", "4", "--class", "2"]
    assert run("sweep", checkpoint, *arguments, "--out", tmp_path / "sheet.npy")[0] == 0
    assert np.load(tmp_path / "sheet.npy").shape == (2, 3, 4, 1, 28, 28)
    assert run("sweep", checkpoint, *arguments, "--out", tmp_path / "sheet.png")[0] == 0
    assert Image.open(tmp_path / "sheet.png").mode == "RGB"


def test_atlas(run, checkpoint, tmp_path):
    assert run("atlas", checkpoint, "--vectors", "2", "--out", tmp_path / "atlas.png")[0] == 0
    picture = Image.open(tmp_path / "atlas.png")
    assert picture.mode == "RGB"
    columns, rows = 10, 3  # 12 entries of noise and 10 class weights
    assert picture.width > columns * 3 * 56
    assert picture.height > rows * 56


def test_export_and_import_round_trip(run, checkpoint, tmp_path):
    assert run("export", checkpoint, "--format", "pth", "--out", tmp_path / "weights.pth")[0] == 0
    answers = ["--label", "last", "--activation", "leaky:0.2"]
    status, out, err = run("import", tmp_path / "weights.pth", "--out", tmp_path / "mine", *answers)
    assert status == 0
    assert "Activation: LeakyReLU 0.2 (as given)." in err
    assert "End: tanh (assumed)." in err
    assert "--end tanh | sigmoid | none | none:01" in err
    assert out.split()[-1].endswith("weights.safetensors")
    for name, source in (("a.npy", checkpoint), ("b.npy", tmp_path / "mine" / "weights.safetensors")):
        run("sample", source, "-n", "3", "--class", "1", "--out", tmp_path / name)
    assert np.array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))


def test_an_import_joins_the_app_and_is_read_again_by_name(run, checkpoint, tmp_path):
    run("export", checkpoint, "--format", "pth", "--out", tmp_path / "weights.pth")
    status, out, _ = run("import", tmp_path / "weights.pth", "--label", "last")
    assert (status, out.strip()) == (0, "weights")
    status, out, err = run("import", "weights", "--end", "sigmoid")
    assert (status, out.strip()) == (0, "weights")
    assert "Label: noise, then label (as given)." in err
    assert "End: sigmoid (as given)." in err
    assert run("sample", "weights", "-n", "2", "--out", tmp_path / "a.npy")[0] == 0
    assert run("import", "weights", "--end", "open")[0] == 2


def test_lists(run):
    assert "dcgan" in run("families")[1]
    assert {row["name"] for row in json.loads(run("families", "--json")[1])} >= {"vanilla", "cgan", "dcgan", "cdcgan"}
    assert {row["name"] for row in json.loads(run("datasets", "--json")[1])} >= {"strokes", "mnist", "folder"}


def test_options_from_a_file_and_the_line(run, tmp_path):
    file = tmp_path / "options.json"
    file.write_text('{"mlp_size": "small", "steps": 3, "batch_size": 8}')
    assert run("train", "--config", file, "--steps", "2", "--device", "cpu")[0] == 0
    assert json.loads(run("runs", "--json")[1])[0]["steps"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--family", "dcgann"], "did you mean dcgan"),
        (["train", "--dataset", "imagenet"], "unknown dataset"),
        (["train", "--set", "batch"], "'batch' is not KEY=VALUE"),
        (["train", "--set", "batchsize=3"], "did you mean batch_size"),
        (["train", "--steps", "0"], "steps: "),
        (["train", "--config", "nowhere.json"], "cannot read nowhere.json"),
        (["resume", "../../etc"], "is not the id of a run"),
        (["resume", "dcgan-mnist-000000"], "there is no run"),
        (["sample", "nothing", "--out", "x.png"], "there is no checkpoint or run"),
        (["sample", "{checkpoint}", "--out", "x.jpg"], "must end in .png or .npy"),
        (["sample", "{checkpoint}", "--class", "ten", "--out", "x.png"], "there is no class 'ten'"),
        (["sample", "{checkpoint}", "--best", "0", "--out", "x.png"], "above 0"),
        (["sweep", "{checkpoint}", "--dims", "99", "--out", "x.png"], "there is no entry 99"),
        (["sweep", "{checkpoint}", "--dims", "1", "--values", "a", "--out", "x.png"], "not a number"),
        (["atlas", "{checkpoint}", "--out", "x.npy"], "must end in .png"),
        (["export", "{checkpoint}", "--format", "h5", "--out", "x"], "unknown format 'h5'"),
        (["import", "nowhere.pth", "--out", "x"], "nowhere.pth"),
    ],
)
def test_bad_input_gives_one_line_and_status_2(run, checkpoint, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(*(argument.format(checkpoint=checkpoint) for argument in arguments))
    assert status == 2
    assert message in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [["sample"], ["train", "--steps", "many"], ["dance"]])
def test_a_usage_error_has_status_2_too(run, arguments):
    assert run(*arguments)[0] == 2


def test_help_lists_the_commands():
    shown = subprocess.run(
        [sys.executable, "-m", "gan_core", "--help"], capture_output=True, encoding="utf-8", check=True
    )
    for command in (
        "families",
        "datasets",
        "train",
        "resume",
        "runs",
        "sample",
        "sweep",
        "atlas",
        "evaluate",
        "attributes",
        "import",
        "export",
    ):
        assert command in shown.stdout


@pytest.mark.parametrize(("option", "printed"), [("--version", f"{gan_core.__version__}\n"), ("--help", "Commands")])
def test_version_and_help_load_no_heavy_library(option, printed):
    program = f"""
import atexit, sys
atexit.register(lambda: print("heavy" if {{"torch", "numpy", "pydantic"}} & sys.modules.keys() else "light"))
from gan_core.cli import main
main(["{option}"])
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True).stdout
    assert printed in shown
    assert shown.endswith("light\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_its_own_help_begins_with(name):
    assert load_command(name).help.split("\n\n")[0] == COMMANDS[name][1]


def test_looking_needs_no_place_to_write(run, checkpoint, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    home = tmp_path / "file" / "home"
    monkeypatch.setenv("GAN_HOME", str(home))
    for command in ("families", "datasets", "runs"):
        assert run(command)[0] == 0
    assert run("sample", "mnist-vanilla", "-n", "4", "--out", tmp_path / "grid.png")[0] == 0
    assert run("sweep", checkpoint, "--out", tmp_path / "sheet.png", "--dims", "0", "--columns", "2")[0] == 0
    assert run("atlas", checkpoint, "--out", tmp_path / "atlas.png", "--vectors", "1")[0] == 0
    status, out, err = run("train", "--steps", "2", *TINY)
    assert (status, out) == (2, "")
    assert err.strip().startswith(f"error: cannot keep runs in {home / 'runs'}: ")
    assert err.endswith("; set GAN_HOME to another folder\n")


def no_images(name, **options):
    raise DataError("nowhere holds no images")


def test_a_run_that_fails_prints_its_id_too(run, monkeypatch):
    monkeypatch.setattr(active_run, "load_dataset", no_images)
    status, out, err = run("train", "--steps", "2", *TINY)
    assert status == 2
    (row,) = json.loads(run("runs", "--json")[1])
    assert row["status"] == "failed"
    assert out == f"{row['id']}\n"
    assert err.strip().splitlines() == [
        f"run {row['id']} has failed; `runs` shows it",
        "error: nowhere holds no images",
    ]


@pytest.mark.parametrize("columns", [200, 80, 40, 12])
def test_ids_are_never_cut(run, columns, monkeypatch):
    """Nor is why a run failed, which has a line of its own."""
    ids = [run("train", "--steps", "2", *TINY)[1].split()[-1]]
    monkeypatch.setattr(active_run, "load_dataset", no_images)
    ids.append(run("train", "--steps", "2", *TINY)[1].split()[-1])
    monkeypatch.setattr(shared, "out", Console(width=columns))
    lines = run("runs")[1].splitlines()
    for run_id in ids:
        assert any(line.strip().startswith(run_id) for line in lines)
    assert f"{ids[1]}: nowhere holds no images" in lines


def test_a_class_by_name_or_number(run, checkpoint, tmp_path):
    for file, label in (("a.npy", "3"), ("b.npy", "7")):
        assert run("sample", checkpoint, "-n", "2", "--class", label, "--out", tmp_path / file)[0] == 0
        assert np.load(tmp_path / file.replace(".npy", ".labels.npy")).tolist() == [int(label)] * 2


# One's own pictures


def write_pictures(folder: Path, n: int, seed: int = 0) -> Path:
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for place in range(n):
        Image.fromarray(random.integers(0, 256, (36, 36, 3), dtype=np.uint8)).save(folder / f"{place}.png")
    return folder


OWN = ["--dataset", "folder", "--set", "channels=1", "--set", "image_size=28", "--steps", "2", *TINY]


def test_notes_are_printed_once(run, tmp_path):
    folder = write_pictures(tmp_path / "pictures", 4)
    (folder / "bad [b].jpg").write_text("<html>")
    status, out, err = run("train", "--data-path", folder, *OWN)
    assert status == 0
    assert err.count("note: left out, damaged or no image inside: 1 (bad [b].jpg)\n") == 1
    assert err.count("note: ") == 2  # there are no classes
    status, out, err = run("resume", out.split()[-1], "--steps", "4")
    assert (status, err.count("note: ")) == (0, 2)


def test_notes_are_printed_when_training_fails(run, tmp_path):
    folder = write_pictures(tmp_path / "pictures", 4)
    (folder / "a.txt").write_text("text")
    status, _, err = run(
        "train", "--family", "cdcgan", "--dataset", "folder", "--data-path", folder, "--set", "base_channels=4"
    )
    assert status == 2
    assert "note: left out, files that are no images: 1 (a.txt)" in err
    assert "needs labelled images of two classes or more; no classes: the images lie in no class folders" in err


def test_a_run_goes_on_from_any_working_directory(run, tmp_path, monkeypatch):
    write_pictures(tmp_path / "a" / "pictures", 4)
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    _, out, _ = run("train", "--data-path", "pictures", *OWN)
    monkeypatch.chdir(tmp_path / "b")
    assert run("resume", out.split()[-1], "--steps", "4")[0] == 0


def test_pictures_that_were_moved(run, tmp_path):
    folder = write_pictures(tmp_path / "pictures", 4)
    _, out, _ = run("train", "--data-path", folder, *OWN)
    folder.rename(tmp_path / "moved")
    status, _, err = run("resume", out.split()[-1], "--steps", "4")
    assert status == 2
    assert f"{folder} cannot be found; put it back, or give another directory or zip of images" in err
    assert run("resume", out.split()[-1], "--steps", "4", "--data-path", tmp_path / "moved")[0] == 0
    assert run("resume", out.split()[-1], "--steps", "6")[0] == 0  # from now on it knows


def test_only_a_run_on_a_folder_takes_a_path(run, tmp_path):
    _, out, _ = run("train", "--steps", "2", *TINY)
    status, _, err = run("resume", out.split()[-1], "--steps", "4", "--data-path", tmp_path)
    assert (status, "only the dataset folder takes a path, strokes does not" in err) == (2, True)


@pytest.fixture
def classes(tmp_path) -> Path:
    """A folder of two classes, enough to be evaluated."""
    for seed, name in enumerate(("a", "b")):
        write_pictures(tmp_path / "classes" / name, 300, seed)
    return tmp_path / "classes"


def test_a_run_on_a_folder_is_evaluated_on_its_folder(run, classes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, out, _ = run("train", "--data-path", "classes", *OWN)
    run_id = out.split()[-1]
    monkeypatch.chdir(classes)
    status, out, err = run("evaluate", run_id, "-n", "512", "--json")
    assert status == 0, err
    assert json.loads(out)[0]["classes"] == 2

    run("export", run_id, "--out", tmp_path / "taken.safetensors")
    assert str(tmp_path).encode() not in (tmp_path / "taken.safetensors").read_bytes()
    assert str(tmp_path) not in (tmp_path / "taken.json").read_text(encoding="utf-8")
    status, _, err = run("evaluate", tmp_path / "taken.safetensors", "-n", "512")
    assert (status, "data_path: only runs know where their images lie" in err) == (2, True)
    assert run("evaluate", tmp_path / "taken.safetensors", "-n", "512", "--data-path", classes)[0] == 0


def test_attributes_of_a_shipped_model(run):
    status, out, _ = run("attributes", "mnist-cdcgan", "-n", "512", "--json")
    assert status == 0
    found = json.loads(out)[0]
    assert found["gaps"].keys() <= set("0123456789")
    assert 0 <= found["mutual_information_gap"] <= 1
    of_classes = {row["entry"]: row for row in found["entries"] if row["entry"].startswith("class ")}
    for digit in "01":  # the weight of a class is that class
        assert of_classes[f"class {digit}"]["attribute"] == digit
        assert float(of_classes[f"class {digit}"]["correlation"]) > 0.9


def test_attributes_need_known_classes(run, checkpoint):
    status, _, err = run("attributes", checkpoint)
    assert (status, "dataset are not known" in err) == (2, True)
