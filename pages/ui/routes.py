"""Routes beside the pages: a health check, and the HTML of a deep link."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from gan_core import __version__
from gan_core.errors import WorkshopError
from gan_core.runs.service import get_service
from gan_core.training.device import resolve_device

logger = logging.getLogger(__name__)

# Where the pages are, for links between them; absolute, since Streamlit starts from the entry script.
PAGES = Path(__file__).parents[1]

TRAIN = str(PAGES / "train.py")
LATENT = str(PAGES / "latent.py")
PICTURES = str(PAGES / "pictures.py")
MODELS = str(PAGES / "models.py")
INSIDE = str(PAGES / "inside.py")

SERVER_IS_ONE_LEVEL_UP = "window.__streamlit = {BACKEND_BASE_URL: new URL('.', location.href).href}"


def health(_request: Request) -> JSONResponse:
    """Answer a health check, see `docs/hosting.md`. Status 503 only where no page can be served.

    Not a coroutine: it writes to the disk to see whether that can be done, so Starlette calls it in a thread.
    """
    facts: dict[str, Any] = {"version": __version__, "device": resolve_device("auto").type}
    try:
        service = get_service()
        service.store.list()
    except Exception as error:  # whatever it is, no page can be served
        logger.exception("no page can be served")
        reason = str(error) if isinstance(error, WorkshopError) else "see the server's log"
        return JSONResponse({"status": "failing", "reason": reason, **facts}, status_code=503)
    vitals, reason = service.vitals(), service.store.why_not_writable()
    facts |= {
        "store": {"writable": reason is None, "reason": reason, "free_bytes": service.store.free_bytes()},
        "training": {"alive": vitals.alive, "active": vitals.active, "waiting": vitals.waiting},
    }
    if not vitals.open:
        return JSONResponse({"status": "failing", "reason": "the server is ending", **facts}, status_code=503)
    status = "ok" if reason is None and vitals.alive else "limited"
    return JSONResponse({"status": status, **facts})


def page(_request: Request) -> HTMLResponse:
    """Answer with Streamlit's own page, with the address of its server set.

    On a deep link such as /latent it would look for it under /latent/ first, log two errors there and wait.
    """
    return HTMLResponse(_page(), headers={"Cache-Control": "no-cache"})


@cache
def _page() -> str:
    html = (files("streamlit") / "static" / "index.html").read_text(encoding="utf-8")
    return html.replace("<head>", f"<head><script>{SERVER_IS_ONE_LEVEL_UP}</script>", 1)


def at_base_path(routes: Sequence[Route], base_path: str) -> list[Route]:
    """The routes as `st.App` needs them: unlike Streamlit's own, it leaves them where they are.

    Args:
        routes: Their paths are relative to the base path.
        base_path: Streamlit's option `server.baseUrlPath`, such as "gan/demo"; "" leaves the paths as they are.
    """
    base = base_path.strip("/")
    return [Route(f"/{base}{route.path}", route.endpoint) for route in routes] if base else list(routes)


ROUTES = [
    Route("/api/health", health),
    *(Route(f"/{Path(name).stem}", page) for name in (PICTURES, TRAIN, LATENT, MODELS, INSIDE)),
]
