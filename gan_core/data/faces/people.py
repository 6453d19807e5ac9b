"""Who is painted: people with ten hair cuts and some sixty attributes, invented at random.

The attributes say everything: a picture is a function of the hair cut and of them (`portrait.paint`). Each is a number
from 0 to 1; for those of `YES_NO` it is 0 or 1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data.specs import HAIR_CUTS

BALD, CREW_CUT, QUIFF, MOHAWK, AFRO, BOB, LONG, PONYTAIL, BUN, PIGTAILS = range(len(HAIR_CUTS))

DEGREES = (
    "age",
    "dark skin",
    "warm skin",
    "wide face",
    "long face",
    "wide jaw",
    "big ears",
    "rosy cheeks",
    "light hair",
    "full hair",
    "wavy hair",
    "big eyes",
    "wide-set eyes",
    "light eyes",
    "open eyes",
    "looking right",
    "looking down",
    "thick brows",
    "raised brows",
    "stern brows",
    "big nose",
    "smile",
    "open mouth",
    "wide mouth",
    "tilted right",
    "turned right",
    "bowed head",
    "off to the right",
    "light from the right",
    "strong light",
    "warm background",
    "light background",
    "warm clothes",
    "light clothes",
)
HAIR_COLORS = {  # and how common they are
    "black hair": 0.22,
    "brown hair": 0.26,
    "red hair": 0.14,
    "blond hair": 0.20,
    "pink hair": 0.10,
    "blue hair": 0.08,
}
YES_NO = (
    *HAIR_COLORS,
    "grey hair",
    "glasses",
    "sunglasses",
    "round glasses",
    "beard",
    "moustache",
    "freckles",
    "eyelashes",
    "lipstick",
    "wink",
    "earrings",
    "bow",
    "beanie",
    "sun hat",
    "party hat",
    "headphones",
    "striped shirt",
    "scarf",
    "sun behind",
)
ATTRIBUTES = (*DEGREES, *YES_NO)
INDEX = {name: index for index, name in enumerate(ATTRIBUTES)}

HATS = ("beanie", "sun hat", "party hat")
WITH_HATS = (BALD, CREW_CUT, BOB, LONG, PIGTAILS)  # the other cuts would not fit below one
WITH_BOWS = (BOB, LONG, PONYTAIL, BUN, PIGTAILS)


def invent(cuts: Tensor, generator: torch.Generator) -> Tensor:
    """Attributes float32 (N, attributes) of people with the hair cuts int64 (N,).

    Most are drawn alone. Grey hair and beards come with age, and one thing sits on a head at a time.
    """
    count = len(cuts)

    def uniform() -> Tensor:
        return torch.rand(count, generator=generator)

    def often_in_the_middle() -> Tensor:
        return (uniform() + uniform()) / 2

    def chance(probability: Tensor | float) -> Tensor:
        return uniform() < probability

    who: dict[str, Tensor] = {name: uniform() for name in DEGREES}
    for name in ("tilted right", "turned right", "bowed head", "off to the right", "looking right", "looking down"):
        who[name] = often_in_the_middle()
    who["smile"] = 1 - who["smile"] * (1 - 0.35 * who["smile"])  # more smiles than frowns
    who["open mouth"] = (1.7 * who["open mouth"] - 0.7).clamp(min=0)  # two in five are shut
    who["rosy cheeks"] = who["rosy cheeks"].square()

    grey = chance((3 * who["age"] - 2).clamp(min=0))
    kind = uniform() * sum(HAIR_COLORS.values())
    for name, share in HAIR_COLORS.items():
        who[name] = (kind >= 0) & (kind < share) & ~grey
        kind = kind - share
    who["grey hair"] = grey

    with_hat, with_bow = (torch.isin(cuts, torch.tensor(allowed)) for allowed in (WITH_HATS, WITH_BOWS))
    hat = chance(0.45) & with_hat
    which = 3 * uniform()
    for number, name in enumerate(HATS):
        who[name] = hat & (which >= number) & (which < number + 1)
    who["bow"] = chance(0.3) & with_bow & ~hat
    who["headphones"] = chance(0.12) & ~hat & ~who["bow"]

    grown_up = who["age"] > 0.3
    who["beard"] = chance(0.3) & grown_up & ~with_bow
    who["moustache"] = chance(0.3) & grown_up & ~with_bow
    who["eyelashes"] = chance(0.5) & ~who["beard"] & ~who["moustache"]
    who["lipstick"] = chance(0.6) & grown_up & who["eyelashes"]
    who["earrings"] = chance(0.35) & ~who["headphones"]
    who["glasses"] = chance(0.35)
    who["sunglasses"] = chance(0.3) & who["glasses"]
    who["round glasses"] = chance(0.5) & who["glasses"]
    who["wink"] = chance(0.08) & ~who["sunglasses"]
    who["freckles"] = chance(0.6) & (who["dark skin"] < 0.5)
    who["striped shirt"] = chance(0.35)
    who["scarf"] = chance(0.15)
    who["sun behind"] = chance(0.35)
    return torch.stack([who[name].float() for name in ATTRIBUTES], 1)
