"""`Family`: all that the workshop knows of one kind of GAN, and the registry of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gan_core.data import ImageData
from gan_core.errors import ConfigError, Message
from gan_core.families.gan import GAN, DOutput
from gan_core.families.options import FamilyOptions, hint

if TYPE_CHECKING:
    from gan_core.families.config import RunConfig

O = TypeVar("O", bound=FamilyOptions)  # noqa: E741


@dataclass(frozen=True)
class Preset:
    """Settings that are known to work.

    Attributes:
        steps: Of the whole run.
        settings: What differs from the family's defaults and from `presets.QUICK`.
        title: What tells it from the family's other presets.
        note: What it shows, in a sentence; empty for nothing special.
        dataset: What it is made for; None for digits, and to be tried on anything.
    """

    steps: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    title: str = "Quick on a CPU"
    note: str = ""
    dataset: str | None = None


@dataclass(frozen=True)
class FailureDemo:
    """A run that goes wrong on purpose: one or two settings away from a run that works.

    Attributes:
        title: Its name.
        description: What there will be to see.
        state: The value of the `health.State` that it reaches.
        steps: Of the whole run.
        settings: What differs from the family's good settings.
    """

    title: str
    description: str
    state: str
    steps: int
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class FamilyRemedy(Generic[O]):
    """What helps runs of one family alone.

    Attributes:
        states: The values of the `health.State` that it may help in.
        applies: Whether it would change anything that matters.
        changes: The changed settings.
        reason: One sentence for people.
        evidence: What is wrong with the options as they are, for an exploding critic; options are filled in by name.
    """

    states: tuple[str, ...]
    applies: Callable[[O], bool]
    changes: Mapping[str, Any]
    reason: str
    evidence: str = ""


@dataclass(frozen=True)
class Family(Generic[O]):
    """One kind of GAN: all that the workshop knows of it.

    Texts are English; pages translate them.

    Attributes:
        name: What it is called in configs, files and addresses.
        title: What people call it.
        tagline: What is special about it, in a few words.
        summary: The same in one or two sentences.
        paper: Authors, year, title and arXiv id.
        healthy_loss: What its losses look like while all is well.
        options: The model of its own options.
        gan_class: The networks with their losses.
        build_gan: `(config, options, data)` -> a freshly initialised GAN.
        defaults: Where its good settings differ from the defaults of the models.
        variants: For values of its options, the good settings that go with them: `{option: {value: settings}}`.
        conditional: Whether it needs a labelled dataset.
        estimates_wasserstein: Whether the negative of D's adversarial loss estimates a Wasserstein distance.
        loss_parts: The words for the parts of its losses; "{n}" in a name and its words stands for a number.
        presets: By name; the first is called like the family.
        failure_demos: By name.
        won_d_loss: D's adversarial loss below which D is sure of nearly every image, where its output is no logit.
        has_targets: Whether D's outputs for real and fake images are meant to be 1 and 0, where they are no logits.
        remedies: What helps its runs alone, the most promising first.
        alternative: Why to try this family in place of one whose D estimates a probability, when that oscillates or
            collapses; empty for no reason.
        unlike_paper: What its defaults do otherwise than the paper, and why, beside widths and sizes of images.
    """

    name: str
    title: str
    tagline: str
    summary: str
    paper: str
    healthy_loss: str
    options: type[O]
    gan_class: type[GAN]
    build_gan: Callable[[RunConfig, O, ImageData], GAN]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    variants: Mapping[str, Mapping[Any, Mapping[str, Any]]] = field(default_factory=dict)
    conditional: bool = False
    estimates_wasserstein: bool = False
    loss_parts: Mapping[str, str] = field(default_factory=dict)
    presets: Mapping[str, Preset] = field(default_factory=dict)
    failure_demos: Mapping[str, FailureDemo] = field(default_factory=dict)
    won_d_loss: float | None = None
    has_targets: bool = False
    remedies: tuple[FamilyRemedy[O], ...] = ()
    alternative: str = ""
    unlike_paper: str = ""

    @property
    def d_output(self) -> DOutput:
        """What D puts out, see `GAN`."""
        return self.gan_class.d_output

    def build(self, config: RunConfig, data: ImageData) -> GAN:
        """A freshly initialised GAN for a config of this family."""
        if not isinstance(config.options, self.options):
            raise ConfigError("family", "the options are not those of {family}", family=self.title)
        return self.build_gan(config, config.options, data)

    def remedies_for(self, state: str, options: FamilyOptions) -> list[FamilyRemedy[O]]:
        """The remedies of a state that apply to options of this family."""
        if not isinstance(options, self.options):
            return []
        return [remedy for remedy in self.remedies if state in remedy.states and remedy.applies(options)]


FAMILIES: dict[str, Family[Any]] = {}  # in the order of the pages

# Choices that are made where nobody makes them.
DEFAULT_FAMILY = "vanilla"  # of a config
FEATURED_FAMILY = "dcgan"  # on the Train page
QUICK_PRESET = "dcgan"  # of "Train one now"

# What stands in place of a family where another script trained a generator: how that was trained is not known.
IMPORTED = "imported"
IMPORTED_TITLE = "Imported generator"


def register(family: Family[Any]) -> None:
    """Add a family to `FAMILIES`.

    Raises:
        ConfigError: There is one of that name, or one of its presets or failure demos has the name of another's.
    """
    taken = {IMPORTED, *FAMILIES}
    if family.name in taken:
        raise ConfigError("family", "there is already a family {name!r}", name=family.name)
    for other in FAMILIES.values():
        for kind in ("presets", "failure_demos"):
            if double := getattr(other, kind).keys() & getattr(family, kind).keys():
                raise ConfigError("family", "{name} is a name that {other} uses", name=min(double), other=other.title)
    FAMILIES[family.name] = family


def get_family(name: str) -> Family[Any]:
    """A family by its name.

    Raises:
        ConfigError: There is none; the message names the nearest.
    """
    if not isinstance(name, str) or name not in FAMILIES:
        name = str(name)
        raise ConfigError(
            "family",
            "unknown family {name!r}; {hint}",
            name=name,
            hint=hint(name, FAMILIES, lambda known: Message("known families: {known}", known=known)),
        )
    return FAMILIES[name]


def family_title(name: str) -> str:
    """What people call a family, or `IMPORTED`.

    Raises:
        ConfigError: There is no such family.
    """
    return IMPORTED_TITLE if name == IMPORTED else get_family(name).title
