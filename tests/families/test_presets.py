import pytest

from gan_core.data import DATASETS
from gan_core.errors import ConfigError
from gan_core.families import (
    FAMILIES,
    PRESETS,
    Promise,
    check,
    picture_of,
    preset_config,
    promise_of,
    promises,
    quick_config,
)
from gan_core.families.promises import keep_promise
from gan_core.families.registry import FAMILY_OPTIONS


def test_every_family_has_a_preset_of_its_name():
    assert {preset.family for preset in PRESETS.values()} == set(FAMILIES)
    assert set(FAMILIES) <= set(PRESETS)


@pytest.mark.parametrize("dataset", [name for name in DATASETS if name != "folder"])
@pytest.mark.parametrize("name", PRESETS)
def test_presets_fit_their_family_on_every_dataset(name, dataset):
    config = preset_config(name, dataset)
    check(config)
    assert (config.family, config.dataset, config.steps) == (PRESETS[name].family, dataset, PRESETS[name].steps)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_no_copy_of_another(name):
    others = [preset_config(other) for other in PRESETS if other != name]
    assert preset_config(name) not in others


def test_overrides_win():
    assert preset_config("dcgan", steps=7, lr_g=0.5).lr_g == 0.5
    assert quick_config() == preset_config("dcgan", "strokes", steps=1000)


def test_an_unknown_preset_is_refused():
    with pytest.raises(ConfigError, match=r"unknown preset 'dcgann'.*wgan_gp"):
        preset_config("dcgann")


def test_settings_are_options_of_the_family():
    for preset in PRESETS.values():
        assert set(preset.settings) & FAMILY_OPTIONS <= FAMILIES[preset.family].options


@pytest.mark.parametrize("dataset", ["mnist", "strokes"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_promise_and_a_picture(name, dataset):
    promise = promise_of(name, dataset)
    assert 0 < promise.seconds < 600
    assert promise.frechet > promise.floor > 0
    assert (promise.agreement is not None) == (name in ("cgan", "cdcgan", "acgan", "infogan"))
    assert picture_of(name, dataset).read_bytes().startswith(b"\x89PNG")


def test_what_was_not_measured_is_not_promised():
    assert promise_of("dcgan", "celeba") is None
    assert picture_of("dcgan", "celeba") is None


def test_a_promise_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(promises, "FOLDER", tmp_path)
    promise = Promise(seconds=12.5, frechet=30.0, floor=1.5, agreement=0.97)
    assert keep_promise("dcgan", "mnist", promise).parent == tmp_path
    assert promise_of("dcgan", "mnist") == promise
