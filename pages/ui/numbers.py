"""Numbers, durations and sizes as text."""

from __future__ import annotations

from typing import Any

from pages.ui.text import _


def number(value: Any) -> float | None:
    """`value` if it is a number that can be printed, else None."""
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return value if usable else None


def duration(seconds: float) -> str:
    """Seconds in readable units: 45 s, 3 min, 1 h 20 min."""
    if seconds < 90:
        return _("{n} s").format(n=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 90:
        return _("{n} min").format(n=minutes)
    return _("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)


def file_size(count: int) -> str:
    """Bytes in decimal units, as browsers and file managers show them."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
