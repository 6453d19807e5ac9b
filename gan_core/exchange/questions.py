"""What the shapes of a generator leave open: questions, the answers that may be right, and their words for people.

Every answer is text, so that the command line, an address and a model card can hold it:

    label       last, first, multiply, add, unused; where it has no layers: none, last:10, first:10, and last:10+2,
                which is ten class weights and two codes
    noise       normal, uniform
    opening     activation, linear: what follows a layer before its output becomes maps, or a label joins it
    label_end   the same for the last layer of the label's branch
    activation  relu, leaky:0.2, tanh ...
    norm_order  before, after the activation
    norm_eps    1e-05, or 1e-05/0.8 where the first BatchNorm has another than the others
    plan        strides, paddings and up-sampling, see `plans`
    upsampling  nearest, bilinear, bilinear-corners
    end         tanh, sigmoid, none (-1 is black), none:01 (0 is black)
    pixels      first, last: whether the channels of flat RGB images come first
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gan_core.errors import CheckpointError, Message
from gan_core.exchange.plans import SIDES, Convolution, likely_plans, plan_text, read_plan, sides
from gan_core.exchange.structure import MAX_CLASSES, PIXELS, Layer, Structure
from gan_core.nets.layered import ACTIVATIONS

Grounds = Literal["given", "told", "assumed", "open"]

TITLES = {
    "label": "Label",
    "noise": "Noise",
    "opening": "Before the convolutions or the label",
    "label_end": "After the label's layers",
    "activation": "Activation",
    "norm_order": "BatchNorm",
    "norm_eps": "Epsilon of BatchNorm",
    "plan": "Convolutions",
    "upsampling": "Up-sampling",
    "end": "End",
    "pixels": "Order of the numbers",
}
WORDS = {
    "label": {
        "none": "no label, all inputs are noise",
        "last": "noise, then label",
        "first": "label, then noise",
        "multiply": "label times noise",
        "add": "label plus noise",
        "unused": "noise alone, the label is not used",
    },
    "noise": {"normal": "normal noise", "uniform": "uniform noise"},
    "opening": {"activation": "an activation", "linear": "no activation"},
    "label_end": {"activation": "an activation", "linear": "no activation"},
    "norm_order": {"before": "before the activation", "after": "after the activation"},
    "upsampling": {
        "nearest": "by repetition (nearest)",
        "bilinear": "bilinear",
        "bilinear-corners": "bilinear, corners aligned",
    },
    "end": {
        "tanh": "tanh",
        "sigmoid": "sigmoid",
        "none": "none, -1 is black",
        "none:01": "none, 0 is black",
    },
    "pixels": {"first": "channel by channel", "last": "pixel by pixel"},
}
# Answers with numbers in them.
PHRASES = {
    "norm_eps": "{first} in the first, {rest} in the others",
    "first": "the first {n} inputs are class weights",
    "last": "the last {n} inputs are class weights",
    "codes": "the last {n} inputs are class weights and codes",
}
NAMES = {"relu": "ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "silu": "SiLU", "leaky": "LeakyReLU"}
GROUNDS = {
    "given": "as given",
    "told": "told by the file",
    "assumed": "assumed",
    "open": "the file does not tell",
}

RECTIFIERS = ("relu", "leaky:0.2", "leaky:0.01", "leaky:0.1", "tanh", "elu", "selu")
# Lengths of noise that scripts like; one of these and ten more may be noise with ten class weights.
USUAL_NOISE = {32, 50, 62, 64, 90, 96, 100, 110, 118, 120, 128, 200, 256, 512}
LABEL = re.compile(r"(last|first):([1-9]\d{0,3})(?:\+([1-9]\d?))?")


@dataclass(frozen=True)
class Question:
    """A property of a generator that the shapes of its weights leave open.

    Attributes:
        name: One of `TITLES`.
        values: The answers that may be right, the likeliest first.
        chosen: The one taken.
        grounds: given: somebody gave the answer. told: it follows from other evidence in the file. assumed: it is the
            usual one. open: there is no usual one, somebody must answer.
        evidence: That it follows from, for people.
    """

    name: str
    values: tuple[str, ...]
    chosen: str
    grounds: Grounds = "assumed"
    evidence: str = ""

    @property
    def title(self) -> str:
        """For people."""
        return TITLES[self.name]

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    def inferred(self, value: str, evidence: str) -> Question:
        """The question with an answer that follows from evidence in the file."""
        values = (value, *(other for other in self.values if other != value))
        return replace(self, values=values, chosen=value, grounds="told", evidence=evidence)

    def answered(self, value: str) -> Question:
        """The question with an answer that somebody gave."""
        values = self.values if value in self.values else (*self.values, value)
        return replace(self, values=values, chosen=value, grounds="given", evidence="")


def in_words(name: str, value: str) -> Message:
    """An answer, to the question of that name, in plain words."""
    if value in WORDS.get(name, {}):
        return Message(WORDS[name][value])
    match name:
        case "activation":
            kind, _, slope = value.partition(":")
            return Message("{line}", line=f"{NAMES.get(kind, kind)} {slope}".strip())
        case "norm_eps" if "/" in value:
            first, rest = value.split("/")
            return Message(PHRASES[name], first=first, rest=rest)
        case "label" if found := LABEL.fullmatch(value):
            side, classes, codes = found.groups()
            n = f"{classes} + {codes}" if codes else classes
            return Message(PHRASES["codes" if codes else side], n=n)
    return Message("{line}", line=value)


def as_sentence(question: Question, words: str) -> str:
    """A question with its answer, in words, as one sentence."""
    grounds = GROUNDS[question.grounds] + (f": {question.evidence}" if question.evidence else "")
    return f"{question.title}: {words} ({grounds})."


# Asking


def questions_of(structure: Structure) -> list[Question]:
    """The questions of a structure, with the usual answer chosen, or the one that follows from names and numbers."""
    asked = [_label(structure), Question("noise", ("normal", "uniform"), "normal")]
    for name, layers in (("opening", structure.main), ("label_end", structure.label)):
        if any(is_opening(structure, layer) for layer in layers):
            asked.append(Question(name, ("activation", "linear"), "activation"))
    if any(layer.slopes is None for layer in structure.main[:-1]):
        values = _activations(structure)
        asked.append(Question("activation", values, values[0]))
    if structure.norms:
        asked += [_norm_order(structure), _norm_eps(structure)]
    if structure.convolutional:
        asked.append(_plan(structure))
        asked.append(Question("upsampling", ("nearest", "bilinear", "bilinear-corners"), "nearest"))
    elif structure.channels == 3:
        asked.append(Question("pixels", ("first", "last"), "first"))
    asked.append(Question("end", ("tanh", "sigmoid", "none", "none:01"), "tanh"))
    return asked


def applies(question: Question, answers: Mapping[str, str]) -> bool:
    """Whether a question makes a difference, given the answers to the others."""
    return question.name != "upsampling" or "U" in answers["plan"]


def _label(structure: Structure) -> Question:
    if structure.combined:
        return Question("label", ("multiply", "add", "unused"), "multiply", "open")
    if structure.label:
        return Question("label", ("last", "first"), "last")
    size = structure.noise
    if size == 74:  # the paper's 62 + 10 + 2
        return Question("label", ("none", "last:10+2"), "none")
    if size - 10 in USUAL_NOISE and size not in USUAL_NOISE:
        return Question("label", ("none", "last:10", "first:10"), "none")
    return Question("label", ("none",), "none")


def _activations(structure: Structure) -> tuple[str, ...]:
    """The usual one first: ReLU before transposed convolutions and where layers keep their width, LeakyReLU else."""
    widths = [layer.outputs for layer in structure.main[:-1]]
    if structure.convolutional:
        leaky = not any(True in layer.kinds for layer in structure.kernels)
    else:
        leaky = len(widths) > 1 and widths[-1] > widths[0]
    first = "leaky:0.2" if leaky else "relu"
    return (first, *(value for value in RECTIFIERS if value != first))


def _norm_order(structure: Structure) -> Question:
    question = Question("norm_order", ("before", "after"), "before")
    told = {order for layer in structure.layers if (order := order_from_numbers(layer))}
    return question.inferred(told.pop(), "the numbers of its layers") if len(told) == 1 else question


def order_from_numbers(layer: Layer) -> str | None:
    """Where the norm after a layer is, by the author's numbers: an activation between the two has one of its own."""
    if layer.norm is None or layer.before is None:
        return None
    if layer.before == 0:
        return "before"
    return None if layer.after and layer.after > 1 else "after"


def _norm_eps(structure: Structure) -> Question:
    values = ("1e-05", "0.8") if structure.norms == 1 else ("1e-05", "0.8", "1e-05/0.8")
    return Question("norm_eps", values, values[0])


def _plan(structure: Structure) -> Question:
    values = tuple(map(plan_text, likely_plans(convolutions(structure), structure.start, structure.channels)))
    if not values:
        kernels = [f"{layer.kernel}x{layer.kernel}" for layer in structure.kernels]
        raise CheckpointError(
            "its convolutions with kernels {kernels} lead from {start}x{start} to no square picture of "
            "{smallest} to {largest} px by any usual strides",
            kernels=kernels,
            start=structure.start,
            smallest=min(SIDES),
            largest=max(SIDES),
        )
    question = Question("plan", values, values[0])
    return question if len(values) > 1 else question.inferred(values[0], "no other leads to a picture")


def convolutions(structure: Structure) -> list[Convolution]:
    """What is known of the convolutions of the main chain, for `plans`."""
    kernels = structure.kernels
    clear = [layer.kinds[0] for layer in kernels if len(layer.kinds) == 1]
    usual = (2 * sum(clear) >= len(clear)) if clear else None
    before = {following.part: layer for layer, following in zip(structure.main, structure.main[1:], strict=False)}
    known = []
    for layer in kernels:
        last = before.get(layer.part)
        # Directly after maps were made of flat numbers there may be no activation: then room for one module is enough.
        room = last.after if last is not None and layer.reshape is None else None
        if room is not None and layer.shuffled:
            room -= 1
        known.append(Convolution(layer.kernel, layer.kinds, usual, layer.shuffled, room))
    return known


def is_opening(structure: Structure, layer: Layer) -> bool:
    """Whether scripts differ in what follows a layer: its output becomes maps, or is joined by a label."""
    if layer.role == "embedding" or layer.norm is not None or layer.slopes is not None or layer.after is not None:
        return False
    if layer in structure.label:
        return layer is structure.label[-1]
    place = structure.main.index(layer)
    joined = structure.label and structure.joint == place + 1
    return bool(joined) or (place + 1 < len(structure.main) and structure.main[place + 1].reshape is not None)


# Answering


def checked_answer(structure: Structure, name: str, value: object) -> str:
    """An answer that somebody gave, as text.

    Args:
        structure: The generator.
        name: Of the question.
        value: The answer, which may be anything.

    Raises:
        CheckpointError: There is no such question or answer; the message names those that there are.
    """
    text = f"{value:g}" if isinstance(value, float) else str(value)
    text = {"leaky": "leaky:0.2", "leaky_relu": "leaky:0.2", "identity": "none"}.get(text, text)
    match name:
        case "activation":
            kind, colon, slope = text.partition(":")
            if kind in ACTIVATIONS and (kind == "leaky") == bool(colon) and (not colon or _is_number(slope)):
                return text
            raise _unknown(name, text, (*RECTIFIERS, "gelu", "silu", "sigmoid"))
        case "norm_eps":
            parts = text.split("/")
            if len(parts) <= 2 and all(_is_number(part) and 0 < float(part) < 1e6 for part in parts):
                return text
            raise CheckpointError("norm_eps must be above 0, such as 1e-5 or 0.8, not {text}", text=text[:40])
        case "plan":
            return _checked_plan(structure, text)
        case "label" if not structure.label:
            return _checked_label(structure, text)
        case "label":
            combined = structure.joint == 0 and structure.combined
            allowed = ("multiply", "add", "unused") if combined else ("last", "first")
            if text not in allowed:
                raise _unknown(name, text, allowed)
            return text
    if name not in WORDS:
        raise CheckpointError(
            "there is nothing called {name!r} to answer; choose one of {known}", name=name, known=list(TITLES)
        )
    if text not in WORDS[name]:
        raise _unknown(name, text, tuple(WORDS[name]))
    return text


def split_label(value: str) -> tuple[str, int, int]:
    """Side, classes and codes of an answer: last:10+2 -> ("last", 10, 2); none -> ("none", 0, 0)."""
    found = LABEL.fullmatch(value)
    return (found[1], int(found[2]), int(found[3] or 0)) if found else ("none", 0, 0)


def _checked_label(structure: Structure, text: str) -> str:
    side, classes, codes = split_label(text)
    fits = classes + codes < structure.noise and classes <= MAX_CLASSES and not (side == "first" and codes)
    if text != "none" and (side == "none" or not fits):
        raise CheckpointError(
            "{text!r} does not divide its {inputs} inputs; write none, last:10, first:10, or last:10+2",
            text=text[:40],
            inputs=structure.noise,
        )
    return text


def _checked_plan(structure: Structure, text: str) -> str:
    plan, known = read_plan(text), convolutions(structure)
    if len(plan) != len(known):
        raise CheckpointError(
            "the plan {text} has {steps} steps for {count} convolutions",
            text=text[:80],
            steps=len(plan),
            count=len(known),
        )
    for step, convolution in zip(plan, known, strict=True):
        if step.transposed not in convolution.kinds:
            raise CheckpointError(
                "the plan {text} takes transposed convolutions for plain ones, or the reverse", text=text[:80]
            )
    passed = sides(plan, known, structure.start)
    if min(passed) < 1 or passed[-1] not in SIDES:
        raise CheckpointError("the plan {text} leads to a picture of {side} px", text=text[:80], side=passed[-1])
    return plan_text(plan)


def image_side(structure: Structure, answers: Mapping[str, str]) -> int:
    """Side of the images in pixels."""
    if not structure.convolutional:
        return PIXELS[structure.main[-1].outputs][1]
    return sides(read_plan(answers["plan"]), convolutions(structure), structure.start)[-1]


def _unknown(name: str, text: str, allowed: tuple[str, ...]) -> CheckpointError:
    return CheckpointError(
        "unknown {name} {text!r}; use one of {known}", name=name, text=text[:40], known=list(allowed)
    )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
