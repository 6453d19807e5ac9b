from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from gan_core.errors import ConfigError
from gan_core.families import RunConfig, new_config


def test_json_round_trip():
    config = RunConfig.create(family="dcgan", image_size=64, channels=3, lr_d=3e-4, data_path="a/b.zip")
    assert RunConfig.from_json(config.to_json()) == config


def test_is_frozen():
    with pytest.raises(ValidationError):
        RunConfig().steps = 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_size", 29),
        ("channels", 2),
        ("batch_size", 1),
        ("steps", 0),
        ("lr_g", 0.0),
        ("lr_d", float("nan")),
        ("label_smoothing", 0.5),
        ("ema_decay", 1.0),
        ("generator_loss", "hinge"),
        ("device", "tpu"),
        ("seed", -1),
    ],
)
def test_a_bad_value_names_its_field(field, value):
    with pytest.raises(ConfigError) as error:
        RunConfig.create(**{field: value})
    assert error.value.field == field
    assert str(error.value).startswith(f"{field}: ")
    assert "\n" not in str(error.value)


def test_an_unknown_option_suggests_the_nearest():
    with pytest.raises(ConfigError, match="batchsize: unknown option; did you mean batch_size"):
        RunConfig.create(batchsize=3)


@pytest.mark.parametrize("text", ["{", "[]", "3", ""])
def test_json_that_is_no_object_is_refused(text):
    with pytest.raises(ConfigError, match="^config: "):
        RunConfig.from_json(text)


def test_replace_checks_too():
    with pytest.raises(ConfigError, match="^steps: "):
        RunConfig().replace(steps=-4)


def test_differences_name_both_values():
    assert RunConfig(steps=5).differences(RunConfig(steps=7)) == {"steps": (5, 7)}


def test_a_path_of_bytes_that_are_no_text_survives():
    config = RunConfig.create(data_path="caf\udce8/猫")
    assert config.to_json().isascii()
    assert RunConfig.from_json(config.to_json()) == config


def test_what_python_people_pass_is_kept_as_json_has_it():
    config = RunConfig.create(dataset="folder", data_path=Path("pictures"), steps=np.int64(7), lr_g=np.float32(0.5))
    assert (config.data_path, config.steps, config.lr_g) == ("pictures", 7, 0.5)
    assert type(config.steps) is int
    assert RunConfig.from_json(config.to_json()) == config
    with pytest.raises(ConfigError, match="^steps: "):
        RunConfig.create(steps=[1])


@pytest.mark.parametrize("family", [["dcgan"], None, 3])
def test_a_family_that_is_no_text_is_an_unknown_one(family):
    with pytest.raises(ConfigError, match="unknown family"):
        new_config(family)
    with pytest.raises(ConfigError, match="^dataset: "):
        new_config("dcgan", family)
