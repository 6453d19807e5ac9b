"""What `/api/health` reports. That the server answers there is tested in tests/test_app.py."""

import json
import threading
from pathlib import Path

from gan_core.runs import get_service
from pages.ui.routes import PAGES, ROUTES, SERVER_IS_ONE_LEVEL_UP, health, page
from tests.helpers.runs import tiny


def ask() -> tuple[int, dict]:
    answer = health(None)
    return answer.status_code, json.loads(answer.body)


def test_all_is_well(workshop_home):
    status, facts = ask()
    assert (status, facts["status"]) == (200, "ok")
    assert (facts["store"]["writable"], facts["store"]["reason"]) == (True, None)
    assert facts["store"]["free_bytes"] > 0
    assert facts["training"] == {"alive": True, "active": 0, "waiting": 0}
    assert not workshop_home.exists()  # a check makes nothing


def test_runs_are_counted(monkeypatch):
    turn = threading.Event()
    monkeypatch.setattr("gan_core.runs.worker.Worker._turn", lambda self, task: turn.wait(30) and self._remove(task))
    service = get_service()
    for seed in range(2):
        service.submit(tiny(seed=seed))
    worker = next(iter(service._workers.values()))
    with worker._changed:
        worker._admit()
    assert ask()[1]["training"] == {"alive": True, "active": 1, "waiting": 1}
    turn.set()


def test_a_store_that_cannot_be_written_limits_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GAN_HOME", str(tmp_path / "file" / "home"))
    status, facts = ask()
    assert (status, facts["status"], facts["store"]["writable"]) == (200, "limited", False)
    assert facts["store"]["reason"]


def test_a_thread_that_died_limits_it(monkeypatch):
    monkeypatch.setattr("gan_core.runs.worker.Worker._run", lambda self: None)
    service = get_service()
    run = service.submit(tiny())
    next(iter(service._workers.values()))._thread.join()
    status, facts = ask()
    assert (status, facts["status"], facts["training"]["alive"]) == (200, "limited", False)
    assert run.id


def test_a_damaged_record_fails(workshop_home):
    (workshop_home / "runs").mkdir(parents=True)
    (workshop_home / "runs" / "runs.sqlite").write_bytes(b"not a database" * 100)
    status, facts = ask()
    assert (status, facts["status"]) == (503, "failing")
    assert "damaged" in facts["reason"]


def test_a_server_that_ends_fails():
    get_service().shutdown()
    status, facts = ask()
    assert (status, facts["status"]) == (503, "failing")


def test_a_deep_link_knows_that_its_server_is_one_level_up():
    html = page(None).body.decode()
    assert html.count(SERVER_IS_ONE_LEVEL_UP) == 1
    assert html.index(SERVER_IS_ONE_LEVEL_UP) < html.index("static/js")  # it is read when that begins


def test_every_page_but_the_first_has_a_route_for_its_deep_link():
    stems = {path.stem for path in Path(PAGES).glob("*.py")} - {"home", "main"}
    assert {route.path for route in ROUTES if route.endpoint is page} == {f"/{stem}" for stem in stems}
