import pytest

from gan_core.errors import ConfigError
from gan_core.evaluation.health import State
from gan_core.families import all_failure_demos, failure_demo_config, validate_config


@pytest.mark.parametrize("name", all_failure_demos())
def test_every_broken_run_can_be_trained_on_the_built_in_data(name):
    config = failure_demo_config(name)
    validate_config(config)
    assert config.dataset == "strokes"
    assert config.steps // config.snapshot_every >= 12  # enough pictures to see it happen


def test_there_is_one_for_every_alarm():
    assert {broken.state for broken in all_failure_demos().values()} == {state for state in State if state.is_alarm}


def test_settings_can_be_overridden():
    assert failure_demo_config("collapse", seed=7, steps=50).seed == 7


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(ConfigError, match="there are: collapse"):
        failure_demo_config("colapse")
