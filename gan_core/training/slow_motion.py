"""Slow motion: one step of a trainer, told in its sub-steps.

The step is the trainer's own, `Trainer.train_steps(1)`. It is not carried out again here, it is watched: while it runs,
a profile function (`sys.setprofile`, of this thread alone) sees every call of Python code. Of the calls that a step
consists of in every family, it notes arguments and results, and the statement of the source that made them:

    Batches.next, LatentSpec.sample, GAN.generate     real images, z, the fakes
    GAN.discriminator_loss and generator_loss         what D sees, and the parts of the loss
    functions with a formula, within these            the terms of those parts, see `gan_core.formulas`
    Tensor.backward, the optimizer, Ema.update        gradients, and weights before and after

D's scores are the arguments `real_...` and `fake_...` of the terms. Which terms a part of a loss is made of, the graph
of gradients tells. So a family says nothing of its own here.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor

from gan_core.data.image_data import denormalize
from gan_core.families import Batch, Loss
from gan_core.formulas import formula_of, has_formula, in_sum, number
from gan_core.latent_spec import LatentSpec
from gan_core.training.batches import Batches
from gan_core.training.device import graph_capture_guard
from gan_core.training.ema import Ema
from gan_core.training.equations import Term, as_shown, latent_equation, loss_equations, score_equations, terms_of
from gan_core.training.optimizers import update_equation
from gan_core.training.source_lines import Statement, body_of, statement_at
from gan_core.training.sub_steps import Equation, Iteration, Kind, Player, SubStep
from gan_core.training.trainer import Trainer

SHOWN = 16  # images of a batch
MAX_VALUES = 20_000  # of a histogram
TORCH = str(Path(torch.__file__).parent)
PLAYERS: tuple[Player, Player] = ("d", "g")


def watch_step(trainer: Trainer) -> Iteration:
    """Have a trainer do its next step, and tell it.

    Args:
        trainer: With steps left, and an eager engine: of a replayed graph nothing can be seen.
    """
    trainer.flush()
    watcher = _Watcher(trainer)
    with graph_capture_guard(trainer.device), watcher.watching():
        trainer.train_steps(1)
    rows = trainer.flush()
    metrics = dict(zip(rows.names, rows.values[-1].tolist(), strict=True))
    return Iteration(trainer.step, tuple(watcher.sub_steps), metrics)


class _Watcher:
    """Sees the calls of one step, and makes sub-steps of them."""

    def __init__(self, trainer: Trainer):
        self.sub_steps: list[SubStep] = []
        self._trainer = trainer
        self._gan = trainer.gan
        self._update = 0  # of D
        self._picked: Tensor | None = None  # the real images as they are in the data
        self._loss: FrameType | None = None  # the loss that is being worked out
        self._looks: list[Statement] = []  # its statements that ask D
        self._depth = 0  # of functions with a formula
        self._terms: list[Term] = []
        self._begun: tuple[Statement, ...] = ()  # what began the change of weights that goes on
        self._weights: dict[str, Tensor] = {}  # before it
        self._largest = ("", 0)  # name and place of the weight with the largest gradient
        gan = type(self._gan)
        self._on_call: dict[CodeType, Callable[[FrameType], None]] = {
            _code(gan.discriminator_loss): self._loss_begins,
            _code(gan.generator_loss): self._loss_begins,
            _code(Tensor.backward): self._begins,
            _code(gan.after_discriminator_step): self._constraint_begins,
            _code(Ema.update): self._average_begins,
        }
        self._on_return: dict[CodeType, Callable[[FrameType, Any], None]] = {
            _code(Batches.next): self._real,
            _code(LatentSpec.sample): self._latent,
            _code(gan.generate): self._fakes,
            _code(gan.discriminator_loss): partial(self._loss_ends, "d"),
            _code(gan.generator_loss): partial(self._loss_ends, "g"),
            _code(gan.after_discriminator_step): self._constraint_ends,
            _code(Ema.update): self._average_ends,
        }

    @contextmanager
    def watching(self) -> Iterator[None]:
        """In this block the step is watched."""
        with ExitStack() as stack:
            for player in PLAYERS:
                optimizer = self._trainer.networks[player].optimizer
                # partial, not a function of the loop, which would know the last player alone
                before = optimizer.register_step_pre_hook(partial(self._update_begins, player))
                after = optimizer.register_step_post_hook(partial(self._update_ends, player))
                stack.callback(before.remove)
                stack.callback(after.remove)
            stack.callback(sys.setprofile, sys.getprofile())
            sys.setprofile(self._see)
            yield

    def _see(self, frame: FrameType, event: str, result: Any) -> None:
        code = frame.f_code
        if event == "call":
            if code in self._on_call:
                self._on_call[code](frame)
            elif has_formula(code):
                self._depth += 1
            elif self._loss is not None and not self._depth and self._is_method_of_d(frame):
                self._looks.append(statement_at(self._loss))
        elif event == "return":
            if code in self._on_return:
                self._on_return[code](frame, result)
            elif has_formula(code):
                self._depth -= 1
                if not self._depth:
                    self._term(frame, result)

    def _is_method_of_d(self, frame: FrameType) -> bool:
        code = frame.f_code
        is_method = code.co_argcount > 0 and code.co_varnames[0] == "self"
        return is_method and frame.f_locals.get("self") is self._gan.discriminator

    def _tell(self, player: Player, kind: Kind, code: Iterable[Statement], **told: Any) -> None:
        update = self._update if player == "d" else 1
        self.sub_steps.append(SubStep(player, update, kind, tuple(dict.fromkeys(code)), **told))

    # Images

    def _real(self, frame: FrameType, result: tuple[Tensor, Tensor | None]) -> None:
        self._update += 1
        self._picked, _labels = result
        told = {"images": _shown(self._picked), "values": {"pixels": _sample(self._picked)}}
        self._tell("d", Kind.REAL, [_caller(frame)], **told)

    def _latent(self, frame: FrameType, z: Tensor) -> None:
        layout = self._gan.latent_spec.layout
        equations = tuple(latent_equation(section, z[0, place]) for section, place in layout)
        noise = torch.cat([z[:, place] for section, place in layout if not section.is_choice], dim=1)
        self._tell("d", Kind.LATENT, [_caller(frame)], values={"z": _sample(noise)}, equations=equations)

    def _fakes(self, frame: FrameType, fakes: tuple[Tensor, ...]) -> None:
        told = {"images": _shown(*fakes), "values": {"pixels": _sample(fakes[-1])}}
        self._tell("d", Kind.FAKES, [_caller(frame)], **told)

    # Losses

    def _loss_begins(self, frame: FrameType) -> None:
        self._loss, self._looks, self._terms = frame, [], []

    def _term(self, frame: FrameType, result: Any) -> None:
        code, values = frame.f_code, dict(frame.f_locals)
        caller = _caller(frame) if self._loss is None else statement_at(self._loss)
        arguments = code.co_varnames[: code.co_argcount]
        self._terms.append(Term(formula_of(code, values), arguments, values, result, (caller, body_of(code))))

    def _loss_ends(self, player: Player, frame: FrameType, loss: Loss) -> None:
        batch: Batch = frame.f_locals[frame.f_code.co_varnames[1]]
        asked = self._looks or [_caller(frame)]
        if player == "d" and batch.real is not self._picked:
            self._tell(player, Kind.AUGMENT, [_caller(frame)], images=_shown(batch.real, batch.fake))
        real, fake = self._raw_scores("real"), self._raw_scores("fake")
        d_output = self._gan.d_output
        scores = {name: as_shown(raw, d_output) for name, raw in (("real", real), ("fake", fake)) if raw is not None}
        sides = (
            (Kind.SCORE_REAL, "real", "x", real, asked[0], (batch.real,)),
            (Kind.SCORE_FAKE, "fake", "G(z)", fake, asked[-1], batch.fakes),
        )
        for kind, side, image, raw, statement, images in sides:
            if raw is not None:
                self._tell(
                    player,
                    kind,
                    [statement],
                    images=_shown(*images),
                    scores=scores[side][-len(batch.real) :][:SHOWN],
                    values=scores if kind is Kind.SCORE_FAKE else {side: scores[side]},
                    equations=score_equations(image, raw, d_output, len(batch.real)),
                )
        self._tell(
            player,
            Kind.LOSS,
            [statement for term in self._terms for statement in term.code] or [body_of(frame.f_code)],
            values=self._loss_values(loss),
            equations=loss_equations(player, loss, self._terms),
        )
        self._loss, self._terms = None, []

    def _raw_scores(self, side: str) -> Tensor | None:
        """D's outputs for "real" or "fake" images, of the coarsest scale first; None where no term has them."""
        found = [raw for term in self._terms for raw in term.raw_scores(side)]
        return torch.cat(found) if found else None

    def _loss_values(self, loss: Loss) -> dict[str, Tensor]:
        """The losses of single images: of real ones and fakes where those are apart, else by the part of the loss."""
        values: dict[str, list[Tensor]] = {}
        for part, total in loss.parts.items():
            for term in terms_of(total, self._terms):
                for name, vector in term.vectors.items():
                    side = name.partition("_")[0]
                    values.setdefault(side if side in ("real", "fake") else part, []).append(vector)
        return {name: torch.cat(vectors) for name, vectors in values.items()}

    # Weights

    def _begins(self, frame: FrameType) -> None:
        self._begun = (_caller(frame),)

    def _update_begins(self, player: Player, *_of_hook: object) -> None:
        weights = dict(self._trainer.networks[player].module.named_parameters())
        gradients = {name: weight.grad.detach().float() for name, weight in weights.items() if weight.grad is not None}
        self._weights = {name: weight.detach().clone() for name, weight in weights.items()}
        name = max(gradients, key=lambda name: float(gradients[name].abs().max()))
        self._largest = (name, int(gradients[name].flatten().abs().argmax()))
        norm = _norm(gradients)
        left = rf"\lVert \nabla \mathcal L_{player.upper()} \rVert"
        self._tell(
            player,
            Kind.GRADIENT,
            self._begun,
            values={"gradient": _sample(*gradients.values())},
            equations=(Equation(left, (number(norm),), norm),),
            norms={name: float(gradient.norm()) for name, gradient in gradients.items()},
        )
        frame = inspect.currentframe()
        assert frame is not None
        self._begins(frame)

    def _update_ends(self, player: Player, *_of_hook: object) -> None:
        network = self._trainer.networks[player]
        weights = dict(network.module.named_parameters())
        changes = {name: (weights[name].detach() - before).float() for name, before in self._weights.items()}
        name, place = self._largest
        before = float(self._weights[name].flatten()[place])
        self._tell(
            player,
            Kind.UPDATE,
            self._begun,
            values={"change": _sample(*changes.values())},
            equations=(update_equation(network.optimizer, weights[name], place, before),),
            norms={name: float(change.norm()) for name, change in changes.items()},
            weight=f"{name}[{place}]",
        )

    def _constraint_begins(self, frame: FrameType) -> None:
        self._terms = []
        self._weights = {n: weight.detach().clone() for n, weight in self._gan.discriminator.named_parameters()}

    def _constraint_ends(self, frame: FrameType, _nothing: None) -> None:
        weights = dict(self._gan.discriminator.named_parameters())
        changes = {name: (weights[name].detach() - before).float() for name, before in self._weights.items()}
        if not self._terms and not any(bool(change.any()) for change in changes.values()):
            return  # most families have no constraint
        code = [statement for term in self._terms for statement in term.code] or [_caller(frame)]
        self._tell(
            "d",
            Kind.CONSTRAINT,
            code,
            values={"weights": _sample(*weights.values())},
            equations=tuple(Equation("w'", term.lines[:1], where=term.constants) for term in self._terms),
            norms={name: float(change.norm()) for name, change in changes.items()},
        )
        self._terms = []

    def _average_begins(self, frame: FrameType) -> None:
        self._begun = (_caller(frame),)
        self._weights = {"average": self._one_average()}

    def _average_ends(self, frame: FrameType, _nothing: None) -> None:
        name, place = self._largest
        share = float(frame.f_locals["weight"])  # of the new weights
        old, new = float(self._weights["average"]), float(self._one_average())
        weight = float(dict(self._gan.generator.named_parameters())[name].detach().flatten()[place])
        lines = (
            r"d \cdot \bar w + (1 - d) \cdot w",
            rf"{number(1 - share)} \cdot {in_sum(old)} + {number(share)} \cdot {in_sum(weight)}",
            number(new),
        )
        equation = Equation(r"\bar w'", lines, new)
        self._tell(
            "g", Kind.AVERAGE, [*self._begun, body_of(frame.f_code)], equations=(equation,), weight=f"{name}[{place}]"
        )

    def _one_average(self) -> Tensor:
        name, place = self._largest
        return dict(self._trainer.ema.model.named_parameters())[name].flatten()[place].clone()


def _code(function: Callable[..., Any]) -> CodeType:
    code: CodeType = inspect.unwrap(function).__code__
    return code


def _caller(frame: FrameType) -> Statement:
    """The statement of our own code that made the call."""
    caller = frame.f_back
    while caller is not None and caller.f_code.co_filename.startswith((TORCH, __file__)):
        caller = caller.f_back
    assert caller is not None
    return statement_at(caller)


def _shown(*batches: Tensor) -> tuple[Tensor, ...]:
    return tuple(denormalize(images[:SHOWN].detach()).cpu() for images in batches)


def _sample(*tensors: Tensor) -> Tensor:
    """All entries, float32 (M,), or evenly chosen ones where there are too many."""
    flat = torch.cat([tensor.detach().float().flatten() for tensor in tensors])
    return flat[:: -(-len(flat) // MAX_VALUES)].cpu()


def _norm(tensors: Mapping[str, Tensor]) -> float:
    return float(torch.stack([tensor.norm() for tensor in tensors.values()]).norm())
