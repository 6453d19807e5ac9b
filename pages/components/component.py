"""Browser components: `NAME.py` defines the data of one, `NAME.js` and `NAME.css` draw it in the browser.

The script is an ES module that imports what it shares with others. The browser loads it from this server (`assets`),
because Streamlit takes a component's script as a text without an address, from where nothing could be imported.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.components.assets import FOLDER, SCRIPTS_URL

# The app may have any base path, but all its pages lie side by side below it. For a deep link `pages.ui.routes` sets
# the address of the server.
LOADER = """
const app = window.__streamlit?.BACKEND_BASE_URL ?? new URL(".", location.href);
const {{ default: mount }} = await import(new URL("{url}", app));
export default mount;
"""


def component(file: str, html: str, *styles: str, isolate_styles: bool = True) -> Callable[..., object]:
    """Register the component of a Python file.

    Args:
        file: The `__file__` of the Python file; its script and its styles lie beside it.
        html: Its markup before the script runs.
        styles: Further CSS files, which come first, as paths from `pages/components`.
        isolate_styles: False where the styles of the page must reach into the component.

    Returns:
        Streamlit's function that mounts the component; it takes `key`, `data` and the callbacks `on_NAME_change`.
    """
    path = Path(file)
    own = path.with_suffix(".css")
    sheets = [*(FOLDER / name for name in styles), *([own] if own.is_file() else [])]
    return st.components.v2.component(
        path.stem,
        html=html,
        css="\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets),
        js=LOADER.format(url=f"{SCRIPTS_URL}/{path.relative_to(FOLDER).with_suffix('.js').as_posix()}"),
        isolate_styles=isolate_styles,
    )
