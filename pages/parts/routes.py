"""What the server answers beside the pages: a health check and the chart library."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from gan_core import __version__
from gan_core.errors import WorkshopError
from gan_core.runs.service import get_service
from gan_core.training.device import resolve_device


def health(_request: Request) -> JSONResponse:
    """How the workshop is doing, see `docs/hosting.md`. Status 503 only where no page can be served.

    Not a coroutine: it writes to the disk to see whether that can be done, so Starlette calls it in a thread.
    """
    facts: dict[str, Any] = {"version": __version__, "device": resolve_device("auto").type}
    try:
        service = get_service()
        service.store.list()
    except (WorkshopError, sqlite3.Error) as error:
        return JSONResponse({"status": "failing", "reason": str(error), **facts}, status_code=503)
    vitals, reason = service.vitals(), service.store.why_not_writable()
    facts |= {
        "store": {"writable": reason is None, "reason": reason, "free_bytes": service.store.free_bytes()},
        "training": {"alive": vitals.alive, "active": vitals.active, "waiting": vitals.waiting},
    }
    if not vitals.open:
        return JSONResponse({"status": "failing", "reason": "the server is ending", **facts}, status_code=503)
    status = "ok" if reason is None and vitals.alive else "limited"
    return JSONResponse({"status": status, **facts})


async def plotly_js(_request: Request) -> FileResponse:
    """Plotly's browser half from the installed package. Its address carries the version, so browsers may keep it."""
    return FileResponse(
        str(files("plotly") / "package_data" / "plotly.min.js"),
        media_type="text/javascript",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


ROUTES = [Route("/api/health", health), Route("/vendor/plotly.min.js", plotly_js)]
