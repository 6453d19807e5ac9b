"""What a visitor reads of each sub-step of an iteration. English; `_` translates it where it is shown."""

from __future__ import annotations

from gan_core.training.sub_steps import Kind, Player
from pages.ui.text import N_

# In the rail of sub-steps.
SHORT = {
    Kind.REAL: N_("Real pictures"),
    Kind.LATENT: N_("Draw z"),
    Kind.FAKES: N_("Make fakes"),
    Kind.AUGMENT: N_("Change both"),
    Kind.SCORE_REAL: N_("Score real"),
    Kind.SCORE_FAKE: N_("Score fakes"),
    Kind.LOSS: N_("Loss"),
    Kind.GRADIENT: N_("Gradient"),
    Kind.UPDATE: N_("Update"),
    Kind.CONSTRAINT: N_("Constraint"),
    Kind.AVERAGE: N_("Average"),
}

STORY: dict[tuple[Player, Kind], str] = {
    ("d", Kind.REAL): N_(
        "A batch of real pictures is picked from the dataset, each once before any comes twice. D is to recognise them."
    ),
    ("d", Kind.LATENT): N_("Random numbers are drawn, a vector z for each picture. G has nothing else to begin with."),
    ("d", Kind.FAKES): N_(
        "G turns each vector into a picture. These fakes serve both players: D looks at them now, G learns from them "
        "afterwards."
    ),
    ("d", Kind.AUGMENT): N_(
        "Before D sees them, real pictures and fakes are changed at random in the same ways, so that D cannot learn "
        "the real ones by heart."
    ),
    ("d", Kind.SCORE_REAL): N_("D looks at the real pictures."),
    ("d", Kind.SCORE_FAKE): N_(
        "D looks at the fakes. The further apart the two colours lie, the better it knows them."
    ),
    ("d", Kind.LOSS): N_("How wrong D is, in one number: the better it tells real from fake, the smaller."),
    ("d", Kind.GRADIENT): N_(
        "Backpropagation finds out, for each weight of D, how the loss would change with it. The longer a bar, the "
        "more this layer is asked to change."
    ),
    ("d", Kind.UPDATE): N_(
        "The optimizer moves every weight of D a little against its gradient. Worked out below for the weight with the "
        "largest gradient."
    ),
    ("d", Kind.CONSTRAINT): N_("This family bounds the weights of D after each of its updates, so that D stays tame."),
    ("g", Kind.SCORE_REAL): N_("G's turn. Its loss compares fakes with real pictures, so D looks at those again."),
    ("g", Kind.SCORE_FAKE): N_(
        "G's turn. D has just been updated, so it may say something else of the very same fakes; from here on it stays "
        "as it is."
    ),
    ("g", Kind.LOSS): N_("How far G is from fooling D, in one number: the more real D finds the fakes, the smaller."),
    ("g", Kind.GRADIENT): N_(
        "The gradient goes back through D into the pixels of the fakes, and from there into G: D tells G what to "
        "change."
    ),
    ("g", Kind.UPDATE): N_(
        "The optimizer moves every weight of G a little against its gradient. Worked out below for the weight with the "
        "largest gradient."
    ),
    ("g", Kind.AVERAGE): N_(
        "The pictures that you see come from an average of G over its last steps, which is steadier than G itself. The "
        "new weights go into it."
    ),
}

# What D's output means, by `GAN.d_output`.
SCORES = {
    "logit": N_("D gives each a probability: 1 is surely real, 0 surely fake."),
    "critic": N_("The critic gives each a number without a scale: higher is more real."),
    "energy": N_("D gives each an energy: lower is more real."),
}

# Of the numbers in a histogram.
VALUES = {
    "pixels": N_("Pixels, −1 is black and 1 is white"),
    "z": N_("Entries of z"),
    "real": N_("Real pictures"),
    "fake": N_("Fakes"),
    "gradient": N_("Gradient of a weight"),
    "change": N_("Change of a weight"),
    "weights": N_("Weights of D"),
}
