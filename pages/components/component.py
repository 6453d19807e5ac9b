"""Browser components: a Python file says what one shows; its styles and its script have the same name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st


def component(file: str, html: str, *also: str) -> Callable:
    """The component of the Python file `file`, to be mounted with its key and its data.

    also: see `source`
    """
    return st.components.v2.component(
        Path(file).stem, html=html, css=source(file, ".css", *also), js=source(file, ".js", *also)
    )


def source(file: str, kind: str, *also: str) -> str:
    """The text of the ".css" or the ".js" of a Python file, after those of the files that it needs.

    also: their paths from its folder, with their endings; scripts are one module, so none of them exports anything
    """
    own = Path(file).with_suffix(kind)
    paths = [*(own.parent / name for name in also if name.endswith(kind)), own]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
