"""Models that cross the threshold: files that people bring, which nobody trusts, and files that they take home."""

from gan_core.exchange.export import EXPORT_FORMATS, export_bytes, export_checkpoint
from gan_core.exchange.foreign import (
    Reading,
    changed,
    import_generator,
    inspect_generator,
    read_again,
    refuse_open,
)
from gan_core.exchange.imports import (
    LONGEST_TITLE,
    Upload,
    add_imported,
    change_imported,
    is_workshop_checkpoint,
    open_upload,
    read_upload,
)
from gan_core.exchange.questions import Question, in_words

__all__ = [
    "EXPORT_FORMATS",
    "LONGEST_TITLE",
    "Question",
    "Reading",
    "Upload",
    "add_imported",
    "change_imported",
    "changed",
    "export_bytes",
    "export_checkpoint",
    "import_generator",
    "in_words",
    "inspect_generator",
    "is_workshop_checkpoint",
    "open_upload",
    "read_again",
    "read_upload",
    "refuse_open",
]
