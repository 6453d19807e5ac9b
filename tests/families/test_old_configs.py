"""Configs that the flat `RunConfig` of 39 fields wrote still open, and mean the same."""

import json
from pathlib import Path

import pytest

from gan_core.errors import ConfigError
from gan_core.families import RunConfig, failure_demo_config, new_config, preset_config

OLD = json.loads((Path(__file__).parent / "old_configs.json").read_text(encoding="utf-8"))
# What has another value today where nobody chooses one.
OLD_VALUES = {
    "paper-lapgan": {"detail": "added"},
    "preset-lapgan": {"detail": "added"},
    "preset-wgan_gp": {"steps": 1500, "n_critic": 2},
    "preset-vanilla": {"steps": 6000, "lr_g": 2e-4, "lr_d": 2e-4, "ema_decay": 0.99},
    "preset-cdcgan": {"lr_g": 1e-3, "lr_schedule": "constant", "ema_decay": 0.99},
    "preset-infogan": {"steps": 1200, "lr_d": 2e-4, "code_weight": 1.0, "invariance_weight": 0.0},
}
MAKERS = {
    "paper": lambda name, **values: new_config(name, precision="float32", **values),
    "preset": lambda name, **values: preset_config(name, "mnist", seed=3, **values),
    "break": failure_demo_config,
}


@pytest.mark.parametrize("name", OLD)
def test_an_old_config_opens_and_means_the_same(name):
    kind, _, what = name.partition("-")
    assert RunConfig.from_json(json.dumps(OLD[name])) == MAKERS[kind](what, **OLD_VALUES.get(name, {}))


def test_a_value_is_found_under_its_new_name():
    old = OLD["paper-wgan"] | {"clip": 0.25, "backbone": "mlp"}
    config = RunConfig.from_json(json.dumps(old))
    assert (config.options.weight_clip, config.options.backbone) == (0.25, "mlp")
    assert RunConfig.from_json(json.dumps(OLD["paper-r3gan"] | {"penalty": 0.5})).options.r1_gamma == 0.5
    assert RunConfig.from_json(json.dumps(OLD["paper-wgan_gp"] | {"penalty": 0.5})).options.gradient_penalty == 0.5


def test_old_keywords_still_work():
    assert new_config("dcgan", width=8) == new_config("dcgan", base_channels=8)
    assert new_config("vanilla", width=64) == new_config("vanilla")  # the old default meant nothing there
    with pytest.raises(ConfigError, match="width: does not apply to Vanilla GAN"):
        new_config("vanilla", width=8)
