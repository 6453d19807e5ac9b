"""Fetching one file over HTTP, with progress, a time limit on silence, and a checksum."""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_core.data.specs import Progress
from gan_core.files import atomic_path

TIMEOUT = 30  # seconds without an answer
BLOCK_SIZE = 2**18


@dataclass(frozen=True)
class RemoteFile:
    """A file to be downloaded.

    Attributes:
        target: Where it is kept.
        urls: Its addresses, tried in order.
        md5: MD5 checksum in hexadecimal.
    """

    target: Path
    urls: Sequence[str]
    md5: str


def fetch(file: RemoteFile, progress: Progress) -> None:
    """Puts the file at its target, unless it is there already. A partial download never has the target's name.

    Raises:
        OSError: No address gave the file (`urllib.error.URLError` is an `OSError`). The reason is that of the last one.
    """
    if file.target.is_file() and checksum(file.target) == file.md5:
        return
    file.target.parent.mkdir(parents=True, exist_ok=True)
    failure: OSError = OSError("no address is known")
    for url in file.urls:
        try:
            _fetch_from(url, file, progress)
            return
        except http.client.HTTPException as error:
            failure = OSError(f"the server at {url} broke off: {error!r}")
        except OSError as error:
            failure = error
    raise failure


def _fetch_from(url: str, file: RemoteFile, progress: Progress) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "gan-workshop"})
    with atomic_path(file.target) as partial:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, open(partial, "wb") as out:
            total = answer.length
            received = 0
            while block := answer.read(BLOCK_SIZE):
                out.write(block)
                received += len(block)
                progress("downloading", min(received / total, 1.0) if total else None)
        if checksum(partial) != file.md5:
            raise OSError(f"what came from {url} is damaged")


def checksum(path: Path) -> str:
    """MD5, which the publishers of the datasets give; it guards against damage."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
