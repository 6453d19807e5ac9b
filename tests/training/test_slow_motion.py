"""A step in slow motion is the trainer's own: its numbers are those of the same step unwatched, in every family."""

import math
import sys
from pathlib import Path

import pytest
import torch

from gan_core.families import FAMILIES, Loss
from gan_core.formulas import Formula
from gan_core.training.equations import Term, loss_equations
from gan_core.training.slow_motion import watch_step
from gan_core.training.source_lines import Statement, body_of, statement_at
from gan_core.training.sub_steps import Kind
from tests.helpers.trainers import trainer

ROOT = Path(__file__).parents[2]
# Terms that only a weight above 0 brings into the game.
ALL_TERMS = {"infogan": {"invariance_weight": 0.5}, "ebgan": {"pt_weight": 0.1}}


def of_kind(iteration, kind, player="d"):
    return [each for each in iteration.sub_steps if (each.kind, each.player) == (kind, player)]


@pytest.fixture(scope="module", params=FAMILIES)
def told(request):
    """The third step of each family: watched, and by a trainer of the same seed that nobody watches."""
    options = {"precision": "float32", "n_critic": 2, **ALL_TERMS.get(request.param, {})}
    watched, plain = (trainer(request.param, **options) for _ in range(2))
    for t in (watched, plain):
        t.train_steps(2)
    iteration = watch_step(watched)
    plain.train_steps(1)
    return iteration, watched, plain


def test_it_is_the_step_that_the_trainer_does(told):
    iteration, watched, plain = told
    rows = plain.flush()
    assert iteration.step == 3
    assert iteration.metrics == dict(zip(rows.names, rows.values[-1].tolist(), strict=True))
    for name, tensor in plain.gan.state_dict().items():
        assert torch.equal(tensor, watched.gan.state_dict()[name]), name
    assert torch.equal(plain.state_dict()["random"][0]["cpu"], watched.state_dict()["random"][0]["cpu"])


def test_the_sub_steps_follow_each_other(told):
    iteration, _watched, plain = told
    of_d = [Kind.REAL, Kind.LATENT, Kind.FAKES, Kind.SCORE_REAL, Kind.SCORE_FAKE, Kind.LOSS, Kind.GRADIENT, Kind.UPDATE]
    if plain.config.family == "wgan":
        of_d.append(Kind.CONSTRAINT)
    of_g = [Kind.SCORE_FAKE, Kind.LOSS, Kind.GRADIENT, Kind.UPDATE, Kind.AVERAGE]
    if plain.config.family == "r3gan":  # its G compares with real images
        of_g.insert(0, Kind.SCORE_REAL)
    assert [(each.player, each.update, each.kind) for each in iteration.sub_steps] == [
        *(("d", update, kind) for update in (1, 2) for kind in of_d),
        *(("g", 1, kind) for kind in of_g),
    ]


def test_losses_and_scores_are_those_that_were_recorded(told):
    iteration, _watched, _plain = told
    for player in ("d", "g"):
        equations = of_kind(iteration, Kind.LOSS, player)[-1].equations
        assert equations[-1].result == pytest.approx(iteration.metrics[f"{player}_loss"], rel=1e-6)
        for each in equations[:-1]:
            assert each.result == pytest.approx(iteration.metrics[f"{player}_{each.part}"], rel=1e-6)
    for side, kind in (("real", Kind.SCORE_REAL), ("fake", Kind.SCORE_FAKE)):
        scored = of_kind(iteration, kind)[-1]
        assert scored.values[side].mean().item() == pytest.approx(iteration.metrics[f"d_{side}"], rel=1e-5, abs=1e-6)
        assert scored.equations[0].result == pytest.approx(scored.scores[0].item(), rel=1e-6)


def test_every_part_of_a_loss_is_told_by_its_formula(told):
    iteration, _watched, plain = told
    for loss in (of_kind(iteration, Kind.LOSS)[0], of_kind(iteration, Kind.LOSS, "g")[0]):
        parts = [each for each in loss.equations if each.part] or list(loss.equations)
        assert all(len(each.lines) > 1 for each in parts)
        assert any(f"families/{file}.py" in each.file for file in _files_of(plain) for each in loss.code)


def _files_of(t):
    return [kind.__module__.rsplit(".", 1)[-1] for kind in type(t.gan).__mro__]


def test_the_code_is_what_stands_in_the_files(told):
    iteration, _watched, _plain = told
    for each in iteration.sub_steps:
        for statement in each.code:
            lines = (ROOT / statement.file).read_text(encoding="utf-8").splitlines()
            for line, text in enumerate(statement.text.splitlines(), statement.line):
                assert lines[line - 1].strip() == text.strip()
    words = {
        kind: " ".join(s.text for each in iteration.sub_steps if each.kind is kind for s in each.code) for kind in Kind
    }
    assert "self.batches.next()" in words[Kind.REAL]
    assert "latent_spec.sample(" in words[Kind.LATENT]
    assert "gan.generate(" in words[Kind.FAKES]
    assert "loss.total.backward()" in words[Kind.GRADIENT]
    assert "network.optimizer.step()" in words[Kind.UPDATE]
    assert "self.ema.update()" in words[Kind.AVERAGE]
    assert "self." in words[Kind.SCORE_REAL]


def test_pictures_and_gradients_are_those_of_the_step(told):
    iteration, watched, _plain = told
    picked = of_kind(iteration, Kind.REAL)[0].images[0]
    assert all((watched.data.images == image).flatten(1).all(dim=1).any() for image in picked)
    assert of_kind(iteration, Kind.FAKES)[0].images[-1].shape == picked.shape
    gradient = of_kind(iteration, Kind.GRADIENT, "g")[0]  # G's gradients are still there
    norms = {name: weight.grad.norm().item() for name, weight in watched.gan.generator.named_parameters()}
    assert gradient.norms == pytest.approx(norms)
    assert gradient.equations[0].result == pytest.approx(math.sqrt(sum(norm**2 for norm in norms.values())), rel=1e-5)


def test_the_worked_out_weight_is_the_weight(told):
    iteration, watched, _plain = told
    for network, updated in (("generator", "g"), ("discriminator", "d")):
        sub_step = of_kind(iteration, Kind.UPDATE, updated)[-1]
        name, place = sub_step.weight.rstrip("]").split("[")
        weight = dict(getattr(watched.gan, network).named_parameters())[name].flatten()[int(place)].item()
        if not of_kind(iteration, Kind.CONSTRAINT) or network == "generator":
            assert sub_step.equations[0].result == pytest.approx(weight, rel=1e-5, abs=1e-8)
    average = of_kind(iteration, Kind.AVERAGE, "g")[0]
    name, place = average.weight.rstrip("]").split("[")
    averaged = dict(watched.ema.model.named_parameters())[name].flatten()[int(place)].item()
    assert average.equations[0].result == pytest.approx(averaged, rel=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd", "beta1": 0.9},
        {"optimizer": "sgd", "beta1": 0.0},
        {"optimizer": "rmsprop"},
        {"optimizer": "adam", "beta1": 0.5},
    ],
)
def test_the_rule_of_each_optimizer(options):
    t = trainer(precision="float32", **options)
    t.train_steps(2)
    told = of_kind(watch_step(t), Kind.UPDATE)[0]
    name, place = told.weight.rstrip("]").split("[")
    weight = dict(t.gan.discriminator.named_parameters())[name].flatten()[int(place)].item()
    assert told.equations[0].result == pytest.approx(weight, rel=1e-5, abs=1e-8)


def test_augmented_images_are_told():
    t = trainer(augment="translation_cutout", precision="float32")
    iteration = watch_step(t)
    (told,) = of_kind(iteration, Kind.AUGMENT)
    assert not torch.equal(told.images[0], of_kind(iteration, Kind.REAL)[0].images[0])
    assert torch.equal(told.images[0], of_kind(iteration, Kind.SCORE_REAL)[0].images[0])


def test_clipped_weights_are_told():
    t = trainer("wgan", weight_clip=0.001, precision="float32")
    told = of_kind(watch_step(t), Kind.CONSTRAINT)[0]
    assert told.equations[0].where == "c = 0.001"
    assert told.values["weights"].abs().max().item() == pytest.approx(0.001)
    assert "clip_weights(self.discriminator, self.options.weight_clip)" in told.code[0].text


def test_who_profiles_already_goes_on():
    def mine(frame, event, arg):
        pass

    sys.setprofile(mine)
    try:
        watch_step(trainer())
        assert sys.getprofile() is mine
    finally:
        sys.setprofile(None)


def test_a_weighted_sum_of_two_terms_by_hand():
    x = torch.tensor(3.0, requires_grad=True)
    one, two = x * 1, x * 2
    terms = [
        Term(Formula(symbol, {}), (), {}, result, (Statement("", 1, ""), Statement("", 2, "")))
        for symbol, result in (("a", one), ("b", two), ("c", x * 5))
    ]
    loss = Loss({"adversarial": terms[2].result, "class": 0.5 * (one + two)})
    adversarial, weighted, total = loss_equations("g", loss, terms)
    assert adversarial.lines == ("c", "15")
    assert weighted.lines == (r"0.5 \cdot (a + b)", r"0.5 \cdot (3 + 6)", "4.5")
    assert total.latex == (
        r"\begin{aligned} \mathcal L_G &= \mathcal L_{1} + \mathcal L_{2} \\ &= 15 + 4.5 \\ &= 19.5 \end{aligned}"
    )


def test_statements_and_bodies():
    def inner():
        """Not told."""
        frame = sys._getframe()
        first = [
            statement_at(frame),
            2,
        ]
        return first[0]

    assert inner().text == "first = [\n    statement_at(frame),\n    2,\n]"
    assert body_of(inner.__code__).text.startswith("frame = sys._getframe()\nfirst = [")
    assert body_of(inner.__code__).text.endswith("return first[0]")
    assert inner().file == "tests/training/test_slow_motion.py"
