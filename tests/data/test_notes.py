import pytest

from gan_core.data.notes import MAX_EXAMPLES, NO_CLASSES, Note, Notes, Reason


def test_one_line_for_each_reason_in_a_fixed_order():
    notes = Notes()
    notes.add(Reason.EQUAL, "z.png")
    for place in range(1234):
        notes.add(Reason.UNREADABLE, f"{place}.png")
    notes.add(Reason.EQUAL, "y.png")
    notes.add(Reason.ONE_FOLDER)
    assert notes.lines() == (
        "no classes: the images lie in no class folders; give each class a folder of its own",
        "left out, damaged or no image inside: 1,234 (0.png, 1.png, 2.png, ...)",
        "used, though equal to another one: 2 (z.png, y.png)",
    )


def test_the_main_one_concerns_most_files():
    notes = Notes()
    assert notes.main() is None
    notes.add(Reason.EMPTY, "a")
    notes.add(Reason.HEIC, "b", "c", "d", "e")
    assert notes.main() == Note(Reason.HEIC, 4, ("b", "c", "d"))


def test_names_are_kept_as_they_are_shown():
    notes = Notes(str.upper)
    notes.add(Reason.GONE, "{count}")
    assert notes.lines() == ("left out, gone before they were read: 1 ({COUNT})",)
    plain = Notes()
    plain.add(Reason.GONE, "a\nb")
    assert plain.lines() == ("left out, gone before they were read: 1 (a?b)",)


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_a_note_is_one_line(reason):
    line = Note(reason, 5, ("a",) * MAX_EXAMPLES).line
    assert "\n" not in line
    assert "{" not in line
    assert ("5" in line) == ("{count}" in reason)
    assert line.startswith((NO_CLASSES, "left out, ", "used, ", "32 px", "not kept"))
