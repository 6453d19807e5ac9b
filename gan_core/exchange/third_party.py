r"""Import of generators that third-party scripts trained.

    >>> reading = inspect_generator(Path("netG_epoch_24.pth"))
    >>> print(reading.description, *reading.lines, sep="\n")
    >>> save_checkpoint(reading.checkpoint(), Path("netG.safetensors"))

A file is opened without running anything in it (`weight_file`), looked through for state dicts
(`state_dicts`), read as modules (`parts`) that make up a chain of layers (`structure`). What that leaves open are
`questions`; the weights answer some (`evidence`), the others get the usual answer or somebody's, and with all answers
the network is built (`assemble`). An import keeps the author's weights as they are, so that it can be read again with
other answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_core.arguments import as_path
from gan_core.errors import CheckpointError, Message
from gan_core.exchange.assemble import generator_of, latent_of
from gan_core.exchange.evidence import infer_assumptions
from gan_core.exchange.parts import parts_of
from gan_core.exchange.plans import read_plan, sides
from gan_core.exchange.questions import (
    GROUNDS,
    Question,
    applies,
    as_sentence,
    checked_answer,
    convolutions,
    image_side,
    in_words,
    questions_of,
)
from gan_core.exchange.state_dicts import check_plain, state_dicts
from gan_core.exchange.structure import SUPPORTED_LAYOUTS, Structure, structure_of
from gan_core.exchange.weight_file import open_weights
from gan_core.families import IMPORTED
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from gan_core.nets.layered import LayeredGenerator


@dataclass(frozen=True)
class Reading:
    """A generator as it was recognized, with what is assumed of it.

    Attributes:
        source: Name of the file, for messages and the card.
        structure: Its layers.
        all_questions: What the shapes of its weights leave open, each with the answer taken.
    """

    source: str
    structure: Structure
    all_questions: tuple[Question, ...]

    @property
    def answers(self) -> dict[str, str]:
        """All answers by name of the question."""
        return {question.name: question.chosen for question in self.all_questions}

    @property
    def questions(self) -> list[Question]:
        """The questions that make a difference, given the answers to the others."""
        answers = self.answers
        return [question for question in self.all_questions if applies(question, answers)]

    @property
    def uncertain(self) -> list[Question]:
        """The questions that nothing in the file and nobody answered: the images may be wrong by them."""
        return [question for question in self.questions if question.grounds in ("assumed", "open")]

    @property
    def open(self) -> list[Question]:
        """The questions that somebody must answer."""
        return [question for question in self.questions if question.grounds == "open"]

    @property
    def lines(self) -> list[str]:
        """Each answer with its grounds, as a sentence."""
        return [as_sentence(question, self.in_words(question.name, question.chosen)) for question in self.questions]

    def in_words(self, name: str, value: str) -> Message:
        """An answer in plain words; of convolutions, the sides of the maps that they make."""
        if name != "plan":
            return in_words(name, value)
        passed = sides(read_plan(value), convolutions(self.structure), self.structure.start)
        return Message("{line}", line=f"{'-'.join(map(str, passed))} px ({value})")

    @cached_property
    def description(self) -> Message:
        """What was recognized, in one sentence."""
        structure = self.structure
        count = len(structure.main)
        found = Message(
            "{widths} on {inputs}, {norms} with BatchNorm, drawing {images}.",
            widths="-".join(str(layer.outputs) for layer in structure.main),
            inputs=inputs_in_words(latent_of(structure, self.answers)),
            norms=structure.norms,
            images=images_in_words(structure, image_side(structure, self.answers)),
        )
        if not structure.convolutional:
            return Message("{count} fully connected layers {found}", count=count, found=found)
        if len(structure.kernels) < count:
            return Message("{count} layers with convolutions {found}", count=count, found=found)
        return Message("{count} convolutions {found}", count=count, found=found)

    def answered(self, **answers: Any) -> Reading:
        """The same with some questions answered. Raises `CheckpointError` for an answer that cannot be."""
        if all(value is None for value in answers.values()):
            return self
        given = {
            name: checked_answer(self.structure, name, value) for name, value in answers.items() if value is not None
        }
        known = {question.name for question in self.all_questions}
        if unknown := given.keys() - known:
            raise CheckpointError(
                "{file}: {option} makes no difference to this generator", file=self.source, option=min(unknown)
            )
        return replace(
            self,
            all_questions=tuple(
                question.answered(given[question.name]) if question.name in given else question
                for question in self.all_questions
            ),
        )

    def checkpoint(self, name: str | None = None) -> Checkpoint:
        """The generator, ready to draw. Raises `CheckpointError` for weights that give no finite images."""
        built = self._built
        if name is None or name == built.name:
            return built
        return replace(built, name=name, card={**built.card, "title": name})

    @cached_property
    def _built(self) -> Checkpoint:
        answers = self.answers
        generator = generator_of(self.structure, answers, self.source)
        name = Path(self.source).stem
        checkpoint = Checkpoint(
            name=name,
            family=IMPORTED,
            generator=generator,
            discriminator=None,
            latent_spec=latent_of(self.structure, answers),
            card={
                "title": name,
                "source": self.source,
                "recognized": self.description.to_dict(),
                "parameters": sum(parameter.numel() for parameter in generator.parameters()),
                "assumptions": self.lines,
                "answers": {
                    q.name: {"value": q.chosen, "grounds": q.grounds, "words": str(self.in_words(q.name, q.chosen))}
                    for q in self.questions
                },
                "questions": [asdict(question) for question in self.all_questions],
            },
        )
        _check_draws(checkpoint, self.source)
        return checkpoint

    def candidates(self, name: str) -> dict[str, Checkpoint]:
        """The generator with each answer to a question that may be right; only those that draw."""
        question = next(question for question in self.questions if question.name == name)
        found = {}
        for value in question.values:
            try:
                chosen = value == question.chosen
                found[value] = self.checkpoint() if chosen else self.answered(**{name: value}).checkpoint()
            except CheckpointError:
                continue
        return found


def images_in_words(structure: Structure, side: int) -> Message:
    """Side and color of the images."""
    if structure.channels == 1:
        return Message("{side} px grey images", side=side)
    return Message("{side} px RGB images", side=side)


def inputs_in_words(latent_spec: LatentSpec) -> Message:
    """The entries of a latent vector, counted."""
    noise, sizes = latent_spec.noise_size, {section.role: section.size for section in latent_spec.sections}
    if "code" in sizes:
        return Message(
            "{noise} noise entries and {categories} categories and {codes} codes",
            noise=noise,
            categories=sizes["category"],
            codes=sizes["code"],
        )
    if "class" in sizes:
        return Message("{noise} noise entries and {classes} classes", noise=noise, classes=sizes["class"])
    return Message("{noise} noise entries", noise=noise)


def inspect_generator(path: str | Path, **answers: Any) -> Reading:
    """The generator in a file of weights, and what has to be assumed of it.

    Args:
        path: The file.
        **answers: To questions, see `questions`; those left out follow from the weights, or are assumed.

    Raises:
        CheckpointError: The file cannot be read, would run code, or holds no generator that is recognized.
    """
    path = as_path(path, "path")
    states = state_dicts(open_weights(path))
    if not states:
        raise CheckpointError("{file} holds no weights with names; {hint}", file=path.name, hint=SUPPORTED_LAYOUTS)
    reasons: list[CheckpointError] = []
    for state in states:
        try:
            check_plain(state.tensors, path.stat().st_size)
            found = structure_of(parts_of(_as_float(state.tensors)))
            questions_of(found)
        except CheckpointError as error:
            reasons.append(error)
            continue
        return _read(found, path.name, answers)
    raise CheckpointError(
        "{file} holds no generator that can be read: {reason}; {hint}",
        file=path.name,
        reason=reasons[0],
        hint=SUPPORTED_LAYOUTS,
    )


def import_generator(path: str | Path, *, name: str | None = None, **answers: Any) -> Checkpoint:
    """A generator trained elsewhere as a checkpoint without discriminator, of the family "imported".

    Args:
        path: The file.
        name: Of the checkpoint, by default that of the file.
        **answers: As of `inspect_generator`.

    Raises:
        CheckpointError: As `inspect_generator`; the weights give no finite images; or a question is open that somebody
            must answer.
    """
    reading = inspect_generator(path, **answers)
    refuse_open(reading)
    return reading.checkpoint(name)


def read_again(checkpoint: Checkpoint, **answers: Any) -> Reading:
    """A stored import with other answers; those given before stay.

    Args:
        checkpoint: The import; its author's file is not needed.
        **answers: As of `inspect_generator`.

    Raises:
        CheckpointError: The model is no import, or an earlier version stored it without its layers.
    """
    if not isinstance(checkpoint.generator, LayeredGenerator):
        raise CheckpointError(
            "how {name} is read cannot be changed: it was trained here, or imported by an earlier version; "
            "for the latter, import its file again",
            name=checkpoint.name,
        )
    source = str(checkpoint.card.get("source") or checkpoint.name)
    structure = structure_of(parts_of(checkpoint.generator.author_state()))
    changes = {name: value for name, value in answers.items() if value is not None}
    if not changes and (stored := _stored_questions(structure, checkpoint.card)):
        return Reading(source, structure, stored)
    return _read(structure, source, _given_answers(checkpoint.card) | changes)


def apply_reading(checkpoint: Checkpoint, reading: Reading) -> Checkpoint:
    """A stored import as it is read now; name and title stay."""
    again = reading.checkpoint(checkpoint.name)
    return replace(again, card={**checkpoint.card, **again.card, "title": checkpoint.title})


def refuse_open(reading: Reading) -> None:
    """Raises `CheckpointError` where a question is open, with the answers that may be right."""
    for question in reading.open:
        raise CheckpointError(
            "{file}: one thing is open that the pictures depend on, {title}; choose with {option}: {words}",
            file=reading.source,
            title=Message(question.title),
            option=question.option,
            words=[
                Message("{value} ({meaning})", value=value, meaning=reading.in_words(question.name, value))
                for value in question.values
            ],
        )


def _read(structure: Structure, source: str, answers: Mapping[str, Any]) -> Reading:
    reading = Reading(source, structure, tuple(questions_of(structure))).answered(**answers)
    return replace(reading, all_questions=tuple(infer_assumptions(structure, reading.all_questions, source)))


def _stored_questions(structure: Structure, card: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions as a card has them, so that nothing is searched again; none where they do not fit."""
    try:
        stored = tuple(
            Question(
                str(question["name"]),
                tuple(checked_answer(structure, question["name"], value) for value in question["values"]),
                checked_answer(structure, question["name"], question["chosen"]),
                question["grounds"],
                str(question["evidence"]),
            )
            for question in card["questions"]
        )
        names = [question.name for question in questions_of(structure)]
    except (KeyError, TypeError, CheckpointError):  # an earlier version, or anything at all
        return ()
    fits = all(question.grounds in GROUNDS and question.chosen in question.values for question in stored)
    return stored if fits and [question.name for question in stored] == names else ()


def _given_answers(card: Mapping[str, Any]) -> dict[str, Any]:
    """The answers on a card that somebody gave; a card may hold anything."""
    answers = card.get("answers")
    answers = answers if isinstance(answers, dict) else {}
    return {
        str(name): answer.get("value")
        for name, answer in answers.items()
        if isinstance(answer, dict) and answer.get("grounds") == "given"
    }


def _as_float(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: t.detach().float() if t.is_floating_point() else t for name, t in tensors.items()}


@torch.inference_mode()
def _check_draws(checkpoint: Checkpoint, source: str) -> None:
    z = checkpoint.latent_spec.sample(4, generator=torch.Generator().manual_seed(0))
    if not torch.isfinite(checkpoint.generator(z)).all():
        raise CheckpointError("{file}: its images are not finite numbers; the weights are damaged", file=source)
