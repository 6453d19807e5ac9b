"""Every command runs through on a few images and prints its table."""

import pytest

from bench import evaluator, inference, speed
from bench.__main__ import COMMANDS, main
from gan_core.evaluation import Classifier, Judge

TINY = ["--batch-size", "4", "--rounds", "1", "--seconds", "0"]


def test_speed_is_the_default(capsys):
    main(["--families", "vanilla", "wgan_gp", *TINY])

    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [line[:16].rstrip() for line in lines if "eager, float32" in line] == ["vanilla, 28 px", "wgan_gp, 28 px"]
    assert "memory" not in printed.out
    assert "vanilla, 28 px: the ceiling of eager, float32" in printed.err


def test_a_row_of_speed_is_printed_before_the_next_is_measured(monkeypatch, capsys):
    shown = []

    def peak(*args, **options):
        shown.append(capsys.readouterr().out)
        return 42.0

    monkeypatch.setattr(speed, "peak_of_training", peak)
    monkeypatch.setattr(speed, "engines", lambda device: {"eager, float32": {}})

    main(["--families", "vanilla", "wgan_gp", "--memory", *TINY])

    assert shown[0].rstrip().endswith("memory")
    assert shown[1].startswith("vanilla, 28 px")
    assert shown[1].rstrip().endswith("42 MB")


def test_profile(capsys):
    main(["profile", "--families", "vanilla", *TINY])

    text = capsys.readouterr().out
    assert "matrix product" in text
    assert "products and convolutions alone" in text


def test_overhead(capsys):
    main(["overhead", "--families", "vanilla", "--checkpoint-every", "3", *TINY])

    assert "with its record" in capsys.readouterr().out


def test_inference(monkeypatch, capsys):
    monkeypatch.setattr(inference, "warm_up", lambda: None)  # would take this process's objects from the collector

    main(["inference", "--families", "vanilla", *TINY])

    text = capsys.readouterr().out
    assert "atlas 100 x 3, training" in text
    assert "vanilla, 28 px" in text


def test_quality(monkeypatch, capsys):
    monkeypatch.setattr(evaluator, "judge_for", lambda data: Judge("any", Classifier(1, 28, 10).eval()))

    main(["quality", "--plain", "vanilla", "--presets", "vanilla", "--limit", "0.01", "--samples", "64"])

    text = capsys.readouterr().out
    assert "plain vanilla" in text
    assert "preset vanilla" in text


def test_memory_prints_a_number(capsys):
    main(["memory", "vanilla", "28", "--batch-size", "4"])

    assert float(capsys.readouterr().out) >= 0


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as error:
        main(["sped"])

    assert error.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_describes_itself(name, capsys):
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])

    assert end.value.code == 0
    assert f"python -m bench {name}" in capsys.readouterr().out
