import pytest

from gan_core.data import DATASETS
from gan_core.errors import ConfigError
from gan_core.families import (
    FAMILIES,
    Preset,
    PresetBenchmark,
    all_presets,
    benchmark_image,
    load_benchmark,
    preset_config,
    preset_family,
    preset_settings,
    presets,
    presets_for,
    quick_config,
    validate_config,
)
from gan_core.families.presets import save_benchmark

PRESETS = all_presets()
DIGITS = [name for name, preset in PRESETS.items() if preset.dataset is None]


def datasets_of(preset: Preset) -> list[str]:
    """Where a preset is offered."""
    return [preset.dataset] if preset.dataset else [name for name in DATASETS if name != "folder"]


def test_every_family_has_a_preset_of_its_name():
    assert {preset_family(name).name for name in PRESETS} == set(FAMILIES)
    assert all(next(iter(family.presets)) == name for name, family in FAMILIES.items())


@pytest.mark.parametrize(
    ("name", "dataset"), [(name, dataset) for name, preset in PRESETS.items() for dataset in datasets_of(preset)]
)
def test_presets_fit_their_family_on_their_datasets(name, dataset):
    config = preset_config(name, dataset, data_path="-" if dataset == "folder" else None)
    validate_config(config)
    assert (config.family, config.dataset, config.steps) == (preset_family(name).name, dataset, PRESETS[name].steps)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_no_copy_of_another(name):
    others = [
        preset_settings(other) for other in PRESETS if other != name and preset_family(other) == preset_family(name)
    ]
    assert preset_settings(name) not in others


def test_a_preset_begins_on_what_it_is_made_for():
    assert preset_config("cdcgan").dataset == "strokes"
    assert preset_config("cdcgan-faces").dataset == "faces"
    assert (preset_config("cdcgan-faces").image_size, preset_config("cdcgan-faces").channels) == (64, 3)


def test_presets_made_for_a_dataset_come_first_and_are_offered_nowhere_else():
    family = FAMILIES["cdcgan"]
    assert list(presets_for(family, "faces")) == ["cdcgan-faces", "cdcgan"]
    assert list(presets_for(family, "mnist")) == ["cdcgan"]


def test_overrides_win():
    assert preset_config("dcgan", steps=7, lr_g=0.5).lr_g == 0.5
    assert quick_config() == preset_config("dcgan", "strokes", steps=1000)


def test_an_unknown_preset_is_refused():
    with pytest.raises(ConfigError, match=r"unknown preset 'dcgann'.*wgan_gp"):
        preset_config("dcgann")


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        *((name, dataset) for name in DIGITS for dataset in ("mnist", "strokes")),
        *((name, preset.dataset) for name, preset in PRESETS.items() if preset.dataset == "faces"),
    ],
)
def test_every_preset_has_a_benchmark_and_an_image(name, dataset):
    measured = load_benchmark(name, dataset)
    assert 0 < measured.seconds < 600
    assert measured.frechet > measured.floor > 0
    assert (measured.agreement is not None) == (name in ("cgan", "cdcgan", "cdcgan-faces", "acgan", "infogan"))
    assert benchmark_image(name, dataset).read_bytes().startswith(b"\x89PNG")


def test_what_was_not_measured_has_no_benchmark():
    assert load_benchmark("dcgan", "celeba") is None
    assert benchmark_image("dcgan", "celeba") is None


def test_a_benchmark_is_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(presets, "FOLDER", tmp_path)
    benchmark = PresetBenchmark(seconds=12.5, frechet=30.0, floor=1.5, agreement=0.97)
    assert save_benchmark("dcgan", "mnist", benchmark).parent == tmp_path
    assert load_benchmark("dcgan", "mnist") == benchmark
