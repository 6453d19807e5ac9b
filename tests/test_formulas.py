import torch

from gan_core.formulas import formula, formula_of, has_formula, number


@formula("{parts} + {margin}", parts=r"\overline{x^2}", margin="m", where={"top": "t"}, given="margin")
@formula("{parts}", parts=r"\overline{x^2}")
def loss(x, margin=0.0):
    parts = x.square()
    top = parts.max()
    return parts.mean() + margin + 0 * top


VALUES = {"parts": torch.tensor([1.0, 4.0, -2.0]), "margin": 0.5, "top": torch.tensor(4.0)}


def test_a_declared_function_is_what_it_was():
    assert loss(torch.tensor([1.0, 3.0])).item() == 5.0
    assert has_formula(loss.__code__)
    assert not has_formula(number.__code__)


def test_symbols_and_numbers_take_the_places_of_the_names():
    told = formula_of(loss.__code__, VALUES)
    assert told.symbolic == r"\overline{x^2} + m"
    assert told.written_out(VALUES) == r"\tfrac{1}{3}(1 + 4 + \cdots) + 0.5"
    assert told.with_means(VALUES) == "1 + 0.5"
    assert told.constants(VALUES) == "t = 4"


def test_the_simple_form_holds_without_the_argument():
    assert formula_of(loss.__code__, VALUES | {"margin": 0.0}).symbolic == r"\overline{x^2}"


def test_numbers_as_latex():
    assert [number(value) for value in (0.693147, -2.0, 1e-8, 1.25e-5, 3e6)] == [
        "0.6931",
        "-2",
        "10^{-8}",
        r"1.25 \cdot 10^{-5}",
        r"3 \cdot 10^{6}",
    ]


def test_negative_numbers_stand_in_brackets():
    values = {"parts": torch.tensor([-1.0, -3.0]), "margin": -0.5, "top": 0.0}
    told = formula_of(loss.__code__, values)
    assert told.written_out(values) == r"\tfrac{1}{2}((-1) + (-3)) + (-0.5)"
    assert told.with_means(values) == "(-2) + (-0.5)"
