"""Walks and directions in a real browser."""

import io

import av
import pytest
from PIL import Image
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PHONE = (390, 844)
MODEL = "mnist-dcgan"


@pytest.fixture(scope="module")
def latent(server) -> str:
    return f"{server}/latent?model={MODEL}"


@pytest.mark.parametrize(
    "view", ["directions", "directions&found=groups", "walks", "walks&path=both"], ids=["pca", "groups", "walk", "both"]
)
def test_no_view_is_wider_than_a_phone(latent, open_page, view):
    page = open_page(f"{latent}&view={view}", size=PHONE)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


def place(page) -> int:
    return int(page.get_by_role("slider", name="Frame").input_value())


def test_a_walk_plays_without_the_server(latent, open_page, quiet, eventually):
    sent = []

    def listen(page):
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))

    page = open_page(f"{latent}&view=walks&rate=30", before=listen)
    page.get_by_role("button", name="Pause").wait_for()
    quiet(page, sent)
    sent.clear()
    seen: set[int] = set()
    eventually(page, lambda: seen.add(place(page)) or len(seen) > 3)
    assert not sent
    page.get_by_role("button", name="Pause").click()
    at = place(page)
    page.wait_for_timeout(300)
    assert place(page) == at
    page.get_by_role("slider", name="Frame").fill("5")
    assert page.locator(".player").evaluate("player => player.style.getPropertyValue('--left')") == "5"
    assert page.get_by_role("button", name="Play").is_visible()


def test_a_walk_holds_still_for_those_who_want_less_motion(latent, open_page):
    page = open_page(f"{latent}&view=walks", reduced_motion="reduce")
    page.get_by_role("button", name="Play").wait_for()
    assert place(page) == 0


def test_a_walk_can_be_downloaded(latent, open_page, tmp_path):
    page = open_page(f"{latent}&view=walks&stops=r1.r2&steps=4")
    files = {}
    for kind in ("GIF", "MP4"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind).click()
        download.value.save_as(tmp_path / kind)
        files[kind] = (tmp_path / kind).read_bytes()
    with Image.open(io.BytesIO(files["GIF"])) as gif:
        assert (gif.n_frames, gif.size) == (8, (280, 280))
    with av.open(io.BytesIO(files["MP4"])) as video:
        frames = list(video.decode(video=0))
    assert (len(frames), frames[0].width, frames[0].height) == (8, 280, 280)


def test_pictures_are_sorted_by_pressing_them(latent, open_page, wait_idle, eventually):
    page = open_page(f"{latent}&view=directions&found=groups&groups=0-1")
    # Once: with; twice: without; three times: in no group; quicker than the server. Only the last press leads to the
    # groups that are waited for.
    for index in (4, 2, 4, 3, 4, 3):
        page.get_by_role("group", name="Pictures to sort").get_by_role("button").nth(index).click()
    page.wait_for_function("new URL(location.href).searchParams.get('groups') === '0.2-1.3'")
    wait_idle(page)
    assert page.get_by_role("button", name="picture 4, without").is_visible()
    assert page.get_by_text("2 pictures with, 2 without").is_visible()
    other = open_page(page.url)

    def sprite(of: Page) -> str:
        return of.locator(".layout").evaluate("layout => layout.style.getPropertyValue('--sprite')")

    eventually(page, lambda: len(sprite(other)) > 1000 and sprite(page) == sprite(other))


def test_a_walk_is_there_again_after_another_page(latent, open_page, wait_idle):
    page = open_page(f"{latent}&view=walks&stops=r5.r6.r7")
    page.get_by_test_id("stTopNavLink").filter(has_text="Models").click()
    page.wait_for_url("**/models*")
    wait_idle(page)
    page.get_by_test_id("stTopNavLink").filter(has_text="Latent space").click()
    page.locator(".st-key-walk_remove_2").wait_for()
    assert page.locator(".st-key-walk_remove_3").count() == 0
