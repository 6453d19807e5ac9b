"""What the server answers beside the pages: a health check and the chart library."""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from gan_core import __version__
from gan_core.training.device import resolve_device


async def health(_request: Request) -> JSONResponse:
    """`{"status": "ok", "version": "0.1.0", "device": "cpu" | "cuda" | "mps"}`."""
    return JSONResponse({"status": "ok", "version": __version__, "device": resolve_device("auto").type})


async def plotly_js(_request: Request) -> FileResponse:
    """Plotly's browser half from the installed package. Its address carries the version, so browsers may keep it."""
    return FileResponse(
        str(files("plotly") / "package_data" / "plotly.min.js"),
        media_type="text/javascript",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


ROUTES = [Route("/api/health", health), Route("/vendor/plotly.min.js", plotly_js)]
