"""The papers of the repository: their links lead somewhere, and what they repeat is what the project says."""

import re
from pathlib import Path

import gan_core

ROOT = Path(__file__).parents[1]
PAPERS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / ".github").glob("*.md")]
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def test_links_between_files_lead_somewhere():
    missing = [
        f"{paper.name}: {target}"
        for paper in PAPERS
        for target in LINK.findall(paper.read_text(encoding="utf-8"))
        if "://" not in target and not (paper.parent / target).exists()
    ]
    assert missing == []


def test_the_citation_has_what_the_format_requires_and_the_projects_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^([a-z-]+): *(.*)$", citation, re.MULTILINE))
    assert {"cff-version", "message", "title", "authors"} <= set(fields)
    assert fields["version"] == gan_core.__version__


def test_the_readme_has_the_command_that_sets_up_and_passes_the_tests():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"<!-- test command -->\n```bash\n(.*?)\n```", readme, re.DOTALL)
    assert "requirements-test.txt" in command
    assert command.endswith("-m pytest")
