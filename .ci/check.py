"""Check everything but the test suite: lint, format, types, import layers, JavaScript.

    python .ci/check.py                    # all steps; exit status 1 if one fails
    python .ci/check.py --fix              # and repair what the tools can repair
    python .ci/check.py lint types         # some of them

`.ci/run`, `.pre-commit-config.yaml` and the workflow call this command, so that they check the same.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
STEPS = ("lint", "format", "types", "layers", "javascript")


def commands_of(step: str, fix: bool) -> list[list[str]]:
    """What a step runs, one after the other; nothing where the step needs a program that is missing."""
    python = [sys.executable, "-m"]
    match step:
        case "lint":
            return [[*python, "ruff", "check", *(["--fix"] if fix else []), "."]]
        case "format":
            return [[*python, "ruff", "format", *([] if fix else ["--check"]), "."]]
        case "types":
            return [[*python, "mypy"]]
        case "layers":
            return [[*python, "pytest", "-q", "-n", "0", "tests/test_architecture.py", "tests/pages/test_layers.py"]]
        case _:
            return javascript_commands(fix)


def javascript_commands(fix: bool) -> list[list[str]]:
    """Npm's `lint` and `test` of `package.json`, after its packages are installed where they are missing."""
    npm = shutil.which("npm")
    if npm is None:
        return []
    install = [] if (ROOT / "node_modules").exists() else [[npm, "ci", "--silent", "--no-audit", "--no-fund"]]
    return [*install, [npm, "run", "--silent", "format" if fix else "lint"], [npm, "test", "--silent"]]


def run(step: str, fix: bool) -> bool:
    """Run a step and print one line about it, with what it printed where it fails; whether it passed."""
    began = time.monotonic()
    commands = commands_of(step, fix)
    result, printed = ("ok", "") if commands else ("skipped: node is missing", "")
    for command in commands:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
        )
        if done.returncode:
            result, printed = "FAILED", f"$ {' '.join(command)}\n{done.stdout}"
            break
    print(f"{step:12}{time.monotonic() - began:6.1f} s  {result}", flush=True)
    if printed:
        print(printed, flush=True)
    return result != "FAILED"


def main() -> None:
    """Run the steps that the command line names, by default all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(STEPS))
    parser.add_argument("--fix", action="store_true", help="repair what the tools can repair")
    options = parser.parse_args()
    if unknown := set(options.steps) - set(STEPS):
        parser.error(f"unknown steps: {', '.join(sorted(unknown))}")
    passed = [run(step, options.fix) for step in options.steps or STEPS]
    sys.exit(not all(passed))


if __name__ == "__main__":
    main()
