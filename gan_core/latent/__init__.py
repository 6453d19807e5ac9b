"""Taking a trained generator's latent vectors apart, entry by entry.

In this package `z` is several latent vectors, float32 (N, size), and `vector` is one, float32 (size,).
"""

from gan_core.latent.directions import (
    Direction,
    activation_directions,
    class_direction,
    directions_from_json,
    directions_to_json,
    group_direction,
    leave_one_out_accuracy,
    mean_changes,
    move_along,
    traverse_directions,
    weight_directions,
)
from gan_core.latent.disentanglement import Disentanglement, Meaning, measure_disentanglement
from gan_core.latent.effects import Effects, jacobian, local_effects, measure_effects
from gan_core.latent.frames import Frames, draw_and_score, draw_frames
from gan_core.latent.inversion import InversionState, invert
from gan_core.latent.samples import (
    Samples,
    effective_classes,
    pixel_diversity,
    rank_samples,
    sample,
    to_raw_output,
)
from gan_core.latent.text import decode_vector, encode_vector, format_vector, parse_numbers, parse_vector
from gan_core.latent.traversal import (
    Traversal,
    TraversalOverview,
    draw_overview,
    labelled_overview,
    labelled_traversal,
    set_entries,
    traversal_npz,
    traverse,
)
from gan_core.latent.vectors import (
    base_vectors,
    cycle_classes,
    noise_norms,
    norm_percentile,
    paired_vectors,
    perturb,
    restore,
    typical_norm,
    with_class,
    zero_noise,
)
from gan_core.latent.walks import angles, walk

__all__ = [
    "Direction",
    "Disentanglement",
    "Effects",
    "Frames",
    "InversionState",
    "Meaning",
    "Samples",
    "Traversal",
    "TraversalOverview",
    "activation_directions",
    "angles",
    "base_vectors",
    "class_direction",
    "cycle_classes",
    "decode_vector",
    "directions_from_json",
    "directions_to_json",
    "draw_and_score",
    "draw_frames",
    "draw_overview",
    "effective_classes",
    "encode_vector",
    "format_vector",
    "group_direction",
    "invert",
    "jacobian",
    "labelled_overview",
    "labelled_traversal",
    "leave_one_out_accuracy",
    "local_effects",
    "mean_changes",
    "measure_disentanglement",
    "measure_effects",
    "move_along",
    "noise_norms",
    "norm_percentile",
    "paired_vectors",
    "parse_numbers",
    "parse_vector",
    "perturb",
    "pixel_diversity",
    "rank_samples",
    "restore",
    "sample",
    "set_entries",
    "to_raw_output",
    "traversal_npz",
    "traverse",
    "traverse_directions",
    "typical_norm",
    "walk",
    "weight_directions",
    "with_class",
    "zero_noise",
]
