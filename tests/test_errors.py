"""A message keeps its template and values through copies, processes and files; errors carry one."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from gan_core.errors import ConfigError, Message, RunError, WorkshopError
from gan_core.runs import Status

GERMAN = {"run {run} is {status}; {hint}": "Lauf {run} ist {status}; {hint}", "running": "aktiv", "wait": "warte"}


def in_german(message):
    return message.render(lambda template: GERMAN.get(template, template))


def test_a_message_is_its_english_line():
    message = Message("{n:,} of {name!r} are {share:.1f}", n=1234, name="x", share=0.25)
    assert message == "1,234 of 'x' are 0.2"
    assert str(RunError("there is no run {run}", run="x")) == "there is no run x"


def test_values_that_are_messages_are_translated_too():
    message = Message("run {run} is {status}; {hint}", run="a", status=Status.RUNNING, hint=WorkshopError("wait"))
    assert message == "run a is running; wait"
    assert in_german(message) == "Lauf a ist aktiv; warte"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["a", 1, Message("{n} more", n=2)], "a, 1, 2 more"),
        ((3, 32, 32), "(3, 32, 32)"),
        (np.int64(3), "3"),
        (np.float32(0.5), "0.5"),
        (None, "None"),
        (OSError(28, "No space left"), "No space left"),
        (OSError("broke off"), "broke off"),
        (r"\1 {run} <b>", r"\1 {run} <b>"),
    ],
)
def test_values_as_they_are_shown(value, shown):
    message = Message("{value}", value=value)
    assert message == shown
    assert Message.from_json(message.to_json()) == shown


def test_a_path_is_shown_as_text():
    assert Message("{path}", path=Path("a")) == "a"


def test_without_values_nothing_is_filled_in():
    assert Message("no {field} here") == "no {field} here"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize(
    "error", [RunError("no run {run!r}; {hint}", run="x", hint=Message("{n} left", n=2)), ConfigError("lr", "{n}", n=1)]
)
def test_errors_survive_copies_and_processes(error, again):
    other = again(error)
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert vars(other) == vars(error)
    assert other.message.to_dict() == error.message.to_dict()


def test_the_message_of_a_config_error_names_its_field():
    error = ConfigError("lr", "must be above {least}", least=0)
    assert (error.field, str(error)) == ("lr", "lr: must be above 0")
    german = {"{field}: {problem}": "{field}, {problem}", "must be above {least}": "muss über {least} liegen"}
    assert error.message.render(german.__getitem__) == "lr, muss über 0 liegen"


def test_a_stored_message_is_the_same_again():
    message = Message("run {run} is {status}; {hint}", run="a", status=Status.RUNNING, hint=["x", Message("wait")])
    again = Message.from_json(message.to_json())
    assert (again, again.to_dict()) == (message, message.to_dict())
    assert in_german(again) == "Lauf a ist aktiv; x, warte"


@pytest.mark.parametrize("line", ["internal error: KeyError; see the record", "paused", "{x}", "5", "null", '"x"', ""])
def test_text_of_earlier_versions_stays_as_it_is(line):
    assert Message.from_json(line) == line


def nested(template, levels):
    message = {"template": "x", "values": {}}
    for _ in range(levels):
        message = {"template": template, "values": {"a": message}}
    return message


@pytest.mark.parametrize(
    "made_up",
    [
        {"template": "{a:999999999}", "values": {"a": 1}},
        {"template": "{a.__class__}", "values": {"a": 1}},
        {"template": "{a[0]}", "values": {"a": "x"}},
        {"template": "{b}", "values": {"a": 1}},
        {"template": "{a:.2f}", "values": {"a": "x"}},
        {"template": "{a", "values": {"a": "x"}},
        {"template": 5, "values": {}},
        {"template": "x", "values": []},
        {"template": "x"},
        nested("{a}{a}", 40),
        nested("{a}", 5000),
        ["x"],
        None,
    ],
)
def test_what_strangers_make_up_is_an_empty_message(made_up):
    assert Message.from_dict(made_up) == ""


def test_json_that_is_no_message_stays_text():
    text = json.dumps({"template": "{a:999999999}", "values": {"a": 1}})
    assert Message.from_json(text) == text
