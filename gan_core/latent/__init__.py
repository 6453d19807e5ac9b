"""Taking a trained generator's latent vector apart, entry by entry."""

from gan_core.latent.atlas import Atlas, atlas, atlas_picture
from gan_core.latent.codec import decode_vector, encode_vector
from gan_core.latent.direction_file import Direction, directions_from_json, directions_to_json
from gan_core.latent.directions import (
    activation_directions,
    changes,
    class_direction,
    direction_sheet,
    group_direction,
    left_out_agreement,
    move,
    weight_directions,
)
from gan_core.latent.effects import Effects, effects
from gan_core.latent.frames import Frames, draw_and_judge, frames
from gan_core.latent.inversion import Guess, invert
from gan_core.latent.jacobian import jacobian, local_effects
from gan_core.latent.likely import noise_lengths, share_shorter, typical_length
from gan_core.latent.rating import Rated, effective_classes, judgements, rate, variety
from gan_core.latent.samples import Samples, sample
from gan_core.latent.shared import shared_vectors
from gan_core.latent.sheet import Sheet, sweep, sweep_vectors
from gan_core.latent.sheet_file import sheet_npz
from gan_core.latent.sheet_picture import labelled_sheet
from gan_core.latent.vary import restore, vary, zero_noise
from gan_core.latent.vectors import (
    base_vectors,
    each_class_in_turn,
    format_vector,
    parse_numbers,
    parse_vector,
    with_class,
)
from gan_core.latent.walks import angles, walk

__all__ = [
    "Atlas",
    "Direction",
    "Effects",
    "Frames",
    "Guess",
    "Rated",
    "Samples",
    "Sheet",
    "activation_directions",
    "angles",
    "atlas",
    "atlas_picture",
    "base_vectors",
    "changes",
    "class_direction",
    "decode_vector",
    "direction_sheet",
    "directions_from_json",
    "directions_to_json",
    "draw_and_judge",
    "each_class_in_turn",
    "effective_classes",
    "effects",
    "encode_vector",
    "format_vector",
    "frames",
    "group_direction",
    "invert",
    "jacobian",
    "judgements",
    "labelled_sheet",
    "left_out_agreement",
    "local_effects",
    "move",
    "noise_lengths",
    "parse_numbers",
    "parse_vector",
    "rate",
    "restore",
    "sample",
    "share_shorter",
    "shared_vectors",
    "sheet_npz",
    "sweep",
    "sweep_vectors",
    "typical_length",
    "variety",
    "vary",
    "walk",
    "weight_directions",
    "with_class",
    "zero_noise",
]
