"""Healthy runs raise no alarm at any time; each broken one is named, and has a suggestion to try."""

import numpy as np
import pytest

from gan_core.evaluation import QualitySample
from gan_core.evaluation.health import Health, HealthThresholds, State, read_health
from gan_core.evaluation.health.suggestions import PROPOSALS, suggestions_for
from gan_core.evaluation.health.text import SENTENCES, format_number
from gan_core.families import (
    FAMILIES,
    RunConfig,
    all_failure_demos,
    failure_demo_config,
    new_config,
    validate_config,
)
from gan_core.models import shipped_recordings
from gan_core.runs import load_recording
from gan_core.series import Series
from tests.helpers.recordings import NAMES, load

HEALTHY = [name for name in NAMES if name.startswith("healthy-")]
BROKEN = [name for name in NAMES if name.startswith("broken-")]
PROBABILITY = new_config("vanilla")


def constant(steps: int = 400, **levels: float) -> dict[str, Series]:
    return {name: Series(np.arange(1, steps + 1), np.full(steps, level)) for name, level in levels.items()}


def reading(step: int, frechet: float, diversity: float = 0.3, shares=(0.5, 0.5, 0.0)) -> QualitySample:
    return QualitySample(step, 512, frechet, 10.0, dict(zip("abc", shares, strict=True)), diversity, None)


def states(health: Health) -> list[State]:
    return [finding.state for finding in health.findings]


# Recorded runs


def test_every_family_and_every_failure_is_recorded_twice():
    assert {name.split("-")[1] for name in HEALTHY} == {
        *("vanilla", "dcgan", "wgan", "wgan_gp", "lsgan", "sngan", "infogan", "ebgan")
    }
    assert {name.split("-")[1] for name in BROKEN} == set(all_failure_demos())
    assert {name.split("-")[2] for name in NAMES} == {"0", "1"}


@pytest.mark.parametrize("part", [0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_raises_no_alarm(name, part):
    health = load(name).health(part)
    assert not health.state.is_alarm, [finding.state for finding in health.findings]
    assert health.suggestions == ()


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_is_called_healthy_in_the_end(name):
    assert load(name).health().state == State.HEALTHY


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_run_is_called_what_it_is(name):
    kind = name.split("-")[1]
    run = load(name)
    health = run.health()
    assert health.state == all_failure_demos()[kind].state
    assert health.evidence
    assert health.suggestions
    assert run.config == failure_demo_config(kind, seed=run.config.seed, threads=1)


@pytest.mark.parametrize("name", [name for name in BROKEN if "collapse" in name])
def test_a_collapse_names_the_classes_that_are_missing(name):
    run = load(name)
    missing = next(said for said in run.health().evidence if said.key == "missing").values["classes"]
    last = run.readings[-1].class_share
    assert 4 <= len(missing) <= 9
    assert max(last, key=last.get) not in missing
    assert f"Hardly ever drawn: {', '.join(missing)}." in [said.render() for said in run.health().evidence]


def test_the_shipped_recording_raises_no_alarm():
    recording = load_recording(shipped_recordings()[0])
    assert not read_health(recording.run.config, recording.metrics(600), recording.readings()).state.is_alarm


# Rules on numbers made up


def test_nothing_is_said_before_there_are_steps():
    assert states(read_health(PROBABILITY, {})) == [State.EARLY]
    assert states(read_health(PROBABILITY, constant(99, d_real=1.0, d_fake=0.0))) == [State.EARLY]


def test_a_sure_discriminator_wins_only_while_the_pictures_stand_still():
    sure = constant(d_real=0.985, d_fake=0.01)
    assert (
        read_health(PROBABILITY, sure, [reading(1, 3000), reading(200, 2000), reading(400, 1990)]).state == "d_winning"
    )
    better = [reading(1, 3000), reading(200, 2000), reading(400, 1500)]
    assert read_health(PROBABILITY, sure, better).state == "healthy"
    assert read_health(PROBABILITY, sure).state == "healthy"  # nothing known of the pictures, so it takes more
    assert read_health(PROBABILITY, constant(d_real=0.999, d_fake=0.001)).state == "d_winning"


def test_the_thresholds_can_be_set():
    sure = constant(d_real=0.96, d_fake=0.03)
    assert read_health(PROBABILITY, sure).state == "healthy"
    assert (
        read_health(PROBABILITY, sure, thresholds=HealthThresholds(d_winning_score_unmeasured=0.95)).state
        == "d_winning"
    )
    assert read_health(PROBABILITY, sure, thresholds=HealthThresholds(min_steps=401)).state == "early"


def test_readings_of_long_ago_count_as_none():
    sure = constant(d_real=0.985, d_fake=0.01)
    assert read_health(PROBABILITY, sure, [reading(1, 3000), reading(50, 2000), reading(150, 2000)]).state == "healthy"


def test_the_evidence_carries_the_numbers():
    health = read_health(PROBABILITY, constant(d_real=0.999, d_fake=0.001))
    assert health.evidence[0].render() == "D(x) 1.00 and D(G(z)) 0.0010 over the last 201 steps."


def test_the_minimax_gradient_is_the_mean_score_of_the_fakes():
    config = new_config("vanilla", generator_loss="minimax")
    health = read_health(config, constant(d_real=0.97, d_fake=0.01))
    assert health.state == "vanishing"
    assert "0.01 of a gradient" in health.evidence[0].render()
    assert health.suggestions[0].changes == {"generator_loss": ("minimax", "non_saturating")}
    assert read_health(new_config("vanilla"), constant(d_real=0.97, d_fake=0.01)).state == "healthy"


def test_scores_without_a_scale_explode_only_when_they_grow():
    config = new_config("wgan", weight_clip=10.0)
    steps = np.arange(1, 401)
    growing = {"d_real": Series(steps, 20.0 * steps), "d_fake": Series(steps, -20.0 * steps)}
    assert read_health(config, growing).state == "exploding"
    assert read_health(config, constant(d_real=5e4, d_fake=4.9e4)).state == "healthy"  # a common offset is free


def test_energies_are_lower_for_what_is_real():
    config = new_config("ebgan")
    assert read_health(config, constant(d_real=0.4, d_fake=0.05)).state == "g_winning"
    assert read_health(config, constant(d_real=0.1, d_fake=0.4)).state == "healthy"


def test_a_hinge_loss_near_zero_means_that_d_wins():
    losing = constant(d_real=3.0, d_fake=-3.0, d_loss=0.0)
    assert read_health(new_config("sngan"), losing).state == "d_winning"
    assert read_health(new_config("wgan_gp"), losing).state == "healthy"  # whose critic is meant to be far ahead


def test_a_discriminator_that_contradicts_itself_oscillates():
    flips = np.tile([0.95, 0.05], 200)
    steps = np.arange(1, 401)
    health = read_health(PROBABILITY, {"d_real": Series(steps, flips), "d_fake": Series(steps, flips)})
    assert health.state == "oscillating"
    assert "in 100% of the last 201 steps" in health.evidence[0].render()


def test_missing_classes_are_no_collapse_while_pictures_get_better_or_are_varied():
    config = new_config("vanilla", lr_g=1e-3)
    even = constant(d_real=0.6, d_fake=0.4)
    stuck = [reading(1, 3000), reading(200, 1500), reading(400, 1500)]
    assert read_health(config, even, stuck).state == "collapse"
    assert read_health(config, even, [*stuck[:2], reading(400, 1000)]).state == "healthy"
    varied = [reading(1, 3000), reading(200, 1500, 0.9), reading(400, 1500, 0.9)]
    assert read_health(config, even, varied).state == "healthy"
    assert read_health(new_config("vanilla", lr_g=1e-5), even, stuck).state == "healthy"  # it has hardly moved yet


def test_equal_pictures_are_a_collapse_only_where_d_takes_them_for_real():
    alike = [reading(1, 3000), reading(200, 2900, 0.05), reading(400, 2900, 0.05)]
    config = new_config("ebgan", lr_g=1e-3)
    assert read_health(config, constant(d_real=0.2, d_fake=0.2), alike).state == "collapse"
    assert read_health(config, constant(d_real=0.05, d_fake=0.3), alike).state == "early"


def test_pictures_at_the_random_start_are_too_early_to_judge():
    stuck = [reading(1, 3000), reading(200, 2900), reading(400, 2900)]
    assert read_health(PROBABILITY, constant(d_real=0.6, d_fake=0.4), stuck).state == "early"


def test_a_number_that_is_not_finite_comes_first():
    series = constant(d_real=0.999, d_fake=0.001)
    series["g_loss"] = Series(np.arange(1, 401), np.where(np.arange(1, 401) < 300, 1.0, np.nan))
    health = read_health(PROBABILITY, series)
    assert states(health) == [State.NAN]
    assert "300" in health.evidence[0].render()
    error = "the loss is no longer a finite number at step 18; try a lower lr_g and lr_d"
    assert "18" in read_health(PROBABILITY, {}, error=error).evidence[0].render()


# Remedies


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("state", PROPOSALS)
def test_every_remedy_is_a_config_that_can_be_trained(family, state):
    for suggestion in suggestions_for(state, new_config(family)):
        validate_config(suggestion.config)
        assert suggestion.changes == new_config(family).differences(suggestion.config) != {}
        assert suggestion.reason.render()


def test_every_alarm_has_a_remedy_for_every_family():
    assert set(PROPOSALS) == {state for state in State if state.is_alarm}
    for family in FAMILIES:
        assert all(suggestions_for(state, new_config(family)) for state in ("nan", "collapse", "d_winning"))


def test_what_was_broken_is_put_back():
    first = {
        name: suggestions_for(broken.state, failure_demo_config(name))[0]
        for name, broken in all_failure_demos().items()
    }
    assert first["exploding"].changes == {"weight_clip": (10.0, 0.05)}
    assert first["vanishing"].changes == {"generator_loss": ("minimax", "non_saturating")}
    assert first["d_winning"].changes == {"lr_g": (2e-6, 2e-3), "n_critic": (3, 1)}
    assert first["collapse"].config.beta1 == 0.5
    assert first["nan"].config.optimizer == "adam"


def test_another_family_brings_its_own_settings():
    change = next(r for r in suggestions_for("collapse", PROBABILITY) if r.config.family == "wgan_gp")
    own = new_config("wgan_gp")
    assert (change.config.n_critic, change.config.lr_g, change.config.beta1) == (own.n_critic, own.lr_g, own.beta1)
    assert change.config.steps == PROBABILITY.steps


# Sentences


def test_every_state_has_a_headline():
    assert set(State) <= set(SENTENCES)


def test_names_and_templates_are_translated():
    run = load("broken-collapse-0")
    said = next(said for said in run.health().evidence if said.key == "missing")
    assert said.render(lambda text: f"<{text}>").startswith("<Hardly ever drawn: <")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00"), (0.0042, "0.0042"), (0.987, "0.99"), (12.34, "12.3"), (1234.5, "1,234"), (-4.1e12, "-4.1e+12")],
)
def test_numbers_are_short(value, text):
    assert format_number(value) == text


def test_a_config_of_any_family_can_be_read():
    for family in FAMILIES:
        assert isinstance(new_config(family), RunConfig)
        assert read_health(
            new_config(family), constant(d_real=0.6, d_fake=0.5, d_loss=1.0, g_loss=1.0)
        ).headline.render()
