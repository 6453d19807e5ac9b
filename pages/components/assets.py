"""Routes from which the browser loads the scripts of the components, and Plotly.

Every address changes with what it leads to, so browsers may keep the answer for ever, and a page never mixes the
scripts of two versions: they import each other by relative addresses, below one digest of all of them.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parent
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}


def _read_scripts() -> dict[str, bytes]:
    """Read once: a file that is replaced while the server runs must not come under the digest of the one before."""
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in sorted(FOLDER.rglob("*.js"))}


def _digest(scripts: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in scripts.items():
        digest.update(b"%d %s %d " % (len(name), name.encode(), len(content)) + content)
    return digest.hexdigest()[:16]


SCRIPTS = _read_scripts()  # by path below this folder, with slashes
SCRIPTS_URL = f"components/{_digest(SCRIPTS)}"  # relative to where the app is
PLOTLY_URL = f"vendor/plotly.min.js?v={plotly.__version__}"


async def script_js(request: Request) -> Response:
    """Answer with a script, by its path below `pages/components`; 404 where there is none."""
    content = SCRIPTS.get(request.path_params["name"])
    if content is None:
        return PlainTextResponse("no such script", status_code=404)
    return Response(content, media_type="text/javascript", headers=IMMUTABLE)


async def plotly_js(_request: Request) -> FileResponse:
    """Answer with `plotly.min.js` of the installed package."""
    path = str(files("plotly") / "package_data" / "plotly.min.js")
    return FileResponse(path, media_type="text/javascript", headers=IMMUTABLE)


ROUTES = [Route(f"/{SCRIPTS_URL}/{{name:path}}", script_js), Route("/vendor/plotly.min.js", plotly_js)]
