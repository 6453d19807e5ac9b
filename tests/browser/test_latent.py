"""The latent page in a real browser: what a reader sees and does there."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PHONE = (390, 844)
MODEL = "mnist-vanilla"


@pytest.fixture(scope="module")
def latent(server) -> str:
    return f"{server}/latent?model={MODEL}"


@pytest.fixture(scope="module")
def sheet(latent, open_shared):
    """The page with the sheet, for tests that leave it as it is."""
    return open_shared(latent)


@pytest.fixture(scope="module")
def vector(latent, open_shared):
    """The page with one vector, whichever it is."""
    return open_shared(f"{latent}&view=vector")


def picture_of(page):
    return page.get_by_alt_text("The picture of this vector")


def row(page, entry: int):
    return page.get_by_role("slider", name=f"entry {entry}", exact=True)


def number(page, entry: int):
    return page.get_by_role("spinbutton", name=f"value of entry {entry}", exact=True)


def wait_for_another_picture(page, source: str) -> str:
    expect(picture_of(page)).not_to_have_attribute("src", source)
    return picture_of(page).get_attribute("src")


def wait_for_link(page, old: str | None = None) -> str:
    """The code of the vector in the address, once there is one that differs from `old`."""
    page.wait_for_function(
        "old => { const z = new URL(location.href).searchParams.get('z'); return z && z !== old; }", arg=old
    )
    return parse_qs(urlsplit(page.url).query)["z"][0]


def test_the_sheet_has_fifteen_rows_of_eight(sheet):
    table = sheet.get_by_role("table", name="Latent sheet")
    expect(table.locator("tbody tr")).to_have_count(15)
    expect(table.locator("tbody tr").first.get_by_role("button")).to_have_count(8)
    names = table.locator("tbody th.name").all_inner_texts()
    assert names == ["entry 5", "entry 25", "entry 45", "entry 65", "entry 85"]
    box = table.get_by_role("button").first.bounding_box()
    assert box["width"] == box["height"]
    assert box["width"] % 28 == 0


@pytest.mark.parametrize("view", ["sheet", "vector", "effects"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_no_view_is_wider_than_a_phone(latent, open_page, view, locale):
    page = open_page(f"{latent}&view={view}", size=PHONE, locale=locale)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_arrow_keys_move_within_the_sheet(sheet):
    page = sheet
    page.get_by_role("button", name="entry 5 = −3, vector 1").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.shadowRoot?.activeElement ?? document.activeElement")
    assert focused is not None
    assert page.locator(".cell:focus").get_attribute("aria-label") == "entry 5 = 0, vector 2"


def test_a_picture_of_the_sheet_opens_its_vector(latent, open_page, wait_idle):
    page = open_page(latent)
    page.get_by_role("button", name="entry 45 = 3, vector 2").click()
    picture_of(page).wait_for()
    wait_idle(page)
    assert number(page, 45).input_value() == "3"
    assert row(page, 45).is_visible()


def test_the_arrow_keys_on_a_slider_change_the_picture(vector):
    page = vector
    before = picture_of(page).get_attribute("src")
    row(page, 3).focus()
    for _press in range(20):
        page.keyboard.press("ArrowRight")
    wait_for_another_picture(page, before)
    assert page.locator("input[type=range]:focus").get_attribute("aria-label") == "entry 3"  # it kept the focus
    page.locator(".st-key-vector_undo button:visible").click()  # all presses together
    expect(picture_of(page)).to_have_attribute("src", before)


def test_the_button_3_sets_an_entry_to_3(vector):
    page = vector
    before = picture_of(page).get_attribute("src")
    page.get_by_role("button", name="entry 5 = 3", exact=True).click()
    wait_for_another_picture(page, before)
    assert number(page, 5).input_value() == "3"


def test_paste_and_bad_paste(vector):
    page = vector
    before = picture_of(page).get_attribute("src")
    page.get_by_text("Paste or copy the vector").click()
    field = page.get_by_role("textbox", name="Numbers with commas")
    use = page.get_by_role("button", name="Use these numbers")

    field.fill(str([0.25] * 100))
    use.click()
    pasted = wait_for_another_picture(page, before)
    assert number(page, 99).input_value() == "0.25"

    field.fill("1, 2, three")
    use.click()
    page.get_by_role("alert").filter(has_text="'three', which is not a number").wait_for()
    assert picture_of(page).get_attribute("src") == pasted
    assert number(page, 99).input_value() == "0.25"


def test_a_link_brings_back_the_same_picture(latent, open_page):
    page = open_page(f"{latent}&view=vector")
    before = picture_of(page).get_attribute("src")
    first = wait_for_link(page)
    entries = page.evaluate("history.length")
    for entry, value in ((7, "-2.345"), (8, "3.9")):
        number(page, entry).fill(value)
        number(page, entry).press("Enter")
    wait_for_another_picture(page, before)
    wait_for_link(page, first)
    page.wait_for_timeout(500)
    assert page.evaluate("history.length") == entries  # edits are no pages of the history
    other = open_page(page.url)
    assert picture_of(other).get_attribute("src") == picture_of(page).get_attribute("src")
    assert number(other, 8).input_value() == "3.9"


def test_the_views_are_pages_of_the_history(latent, open_page, wait_idle):
    page = open_page(latent)
    page.get_by_role("radio", name="One vector").click()
    picture_of(page).wait_for()
    assert "view=vector" in page.url
    page.go_back()
    page.get_by_role("table", name="Latent sheet").wait_for()
    expect(page.get_by_role("radio", name="Sheet")).to_be_checked()


def test_an_entry_can_be_found(vector):
    page = vector
    page.get_by_role("searchbox", name="Find an entry").fill("42")
    assert page.locator(".row:visible .name").all_inner_texts() == ["entry 42"]
    page.get_by_role("searchbox", name="Find an entry").fill("nonsense")
    assert page.get_by_text("There is no such entry").is_visible()


def test_an_entry_goes_from_the_gallery_to_the_sheet_and_to_its_slider(latent, open_page, wait_idle):
    page = open_page(f"{latent}&view=effects")
    add = page.get_by_role("button", name=re.compile("^Add to the sheet: "), pressed=False).first
    name = add.get_attribute("aria-label").removeprefix("Add to the sheet: ")
    add.click()
    page.get_by_role("button", name=f"Add to the sheet: {name}", exact=True, pressed=True).wait_for()
    page.get_by_role("radio", name="Sheet").click()
    page.get_by_role("table", name="Latent sheet").wait_for()
    assert page.locator("tbody th.name").last.inner_text() == name

    page.get_by_role("radio", name="Where entries act").click()
    page.get_by_role("button", name=f"Open {name} in One vector").click()
    picture_of(page).wait_for()
    wait_idle(page)
    assert page.locator("input[type=range]:focus").get_attribute("aria-label") == name


def test_the_sheet_can_be_downloaded(sheet, tmp_path):
    page = sheet
    for label, beginning in (("Picture (PNG)", b"\x89PNG"), ("Numbers (NPZ)", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        download.value.save_as(tmp_path / "file")
        assert (tmp_path / "file").read_bytes().startswith(beginning)
