"""Taking a trained generator's latent vector apart, entry by entry."""

from gan_core.latent.codec import decode_vector, encode_vector
from gan_core.latent.effects import Effects, effects
from gan_core.latent.samples import Samples, sample
from gan_core.latent.sheet import Sheet, sweep, sweep_vectors
from gan_core.latent.sheet_picture import labelled_sheet
from gan_core.latent.vectors import (
    base_vectors,
    entry_names,
    format_vector,
    parse_entries,
    parse_numbers,
    parse_vector,
    with_class,
)

__all__ = [
    "Effects",
    "Samples",
    "Sheet",
    "base_vectors",
    "decode_vector",
    "effects",
    "encode_vector",
    "entry_names",
    "format_vector",
    "labelled_sheet",
    "parse_entries",
    "parse_numbers",
    "parse_vector",
    "sample",
    "sweep",
    "sweep_vectors",
    "with_class",
]
