"""Models that cross the threshold: files that people bring, which nobody trusts, and files that they take home."""

from gan_core.exchange.export import EXPORT_FORMATS, export_bytes, export_checkpoint
from gan_core.exchange.foreign import import_generator
from gan_core.exchange.imports import LONGEST_TITLE, UPLOAD_SUFFIXES, add_imported, open_upload

__all__ = [
    "EXPORT_FORMATS",
    "LONGEST_TITLE",
    "UPLOAD_SUFFIXES",
    "add_imported",
    "export_bytes",
    "export_checkpoint",
    "import_generator",
    "open_upload",
]
