"""How visitors look at a page."""

import pytest

PHONE = (390, 844)
DESKTOP = (1440, 900)

# (size, color_scheme). The other half of the combinations is tested every night.
LOOKS = [
    (DESKTOP, "light"),
    (PHONE, "dark"),
    pytest.param(DESKTOP, "dark", marks=pytest.mark.slow),
    pytest.param(PHONE, "light", marks=pytest.mark.slow),
]
