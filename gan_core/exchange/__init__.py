"""Import and export of models. Imported files are untrusted."""

from gan_core.exchange.export import EXPORT_FORMATS, export_bytes, export_checkpoint
from gan_core.exchange.imports import (
    MAX_TITLE_LENGTH,
    Upload,
    add_imported,
    change_imported,
    is_workshop_checkpoint,
    open_upload,
    read_upload,
)
from gan_core.exchange.questions import Question, in_words
from gan_core.exchange.third_party import (
    Reading,
    apply_reading,
    import_generator,
    inspect_generator,
    read_again,
    refuse_open,
)

__all__ = [
    "EXPORT_FORMATS",
    "MAX_TITLE_LENGTH",
    "Question",
    "Reading",
    "Upload",
    "add_imported",
    "apply_reading",
    "change_imported",
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
