import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gan_core.data.download import RemoteFile, fetch

CONTENT = bytes(range(256)) * 4096
MD5 = hashlib.md5(CONTENT).hexdigest()


def silent(what, fraction):
    pass


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        if self.path != "/unsized":
            self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: len(CONTENT) // 2] if self.path == "/half" else CONTENT)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "new" / "file.gz"


def test_progress_and_content(server, target):
    seen = []
    fetch(RemoteFile(target, [f"{server}/file"], MD5), lambda what, fraction: seen.append(fraction))
    assert target.read_bytes() == CONTENT
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert len(seen) >= 4
    assert list(target.parent.iterdir()) == [target]


def test_unknown_length(server, target):
    seen = []
    fetch(RemoteFile(target, [f"{server}/unsized"], MD5), lambda what, fraction: seen.append(fraction))
    assert target.read_bytes() == CONTENT
    assert set(seen) == {None}


def test_next_mirror(server, target):
    fetch(RemoteFile(target, [f"{server}/missing", f"{server}/half", f"{server}/file"], MD5), silent)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(("path", "reason"), [("missing", "404"), ("half", "damaged")])
def test_failures_leave_nothing(server, target, path, reason):
    with pytest.raises(OSError, match=reason):
        fetch(RemoteFile(target, [f"{server}/{path}"], MD5), silent)
    assert list(target.parent.iterdir()) == []


def test_what_is_there_is_not_fetched_again(target):
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    fetch(RemoteFile(target, [], MD5), silent)


def test_stopped_by_progress(server, target):
    def stop(what, fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(RemoteFile(target, [f"{server}/file"], MD5), stop)
    assert list(target.parent.iterdir()) == []
