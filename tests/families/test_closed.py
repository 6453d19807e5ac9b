"""A family is a closed unit: no file outside `gan_core/families` names one."""

import ast
from pathlib import Path

import pytest

from gan_core.families import FAMILIES

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path.relative_to(ROOT)
    for folder in ("gan_core", "pages")
    for path in (ROOT / folder).rglob("*.py")
    if path.parent != ROOT / "gan_core" / "families"
)
CLASSES = {family.gan_class.__name__ for family in FAMILIES.values()}


def names_in(source: str) -> set[str]:
    """Names of families in code: as whole strings, as modules or as classes. Texts may speak of them."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(text)) if text in FAMILIES:
                found.add(text)
            case ast.ImportFrom(module=str(module)) if module.startswith("gan_core.families."):
                found |= {module.rsplit(".", 1)[1]} & FAMILIES.keys()
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in CLASSES:
                found.add(name)
    return found


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_other_file_names_a_family(path):
    assert names_in((ROOT / path).read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    "source", ["x == 'dcgan'", "from gan_core.families.wgan import build", "isinstance(gan, LAPGAN)"]
)
def test_the_search_finds(source):
    assert names_in(source)
