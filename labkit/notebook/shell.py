"""The IPython that a notebook's cells run in."""

from __future__ import annotations

import sys
from typing import Any


def current() -> Any:  # noqa: ANN401 - IPython is untyped
    """Return the notebook's IPython, or None in a plain program."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython  # noqa: PLC0415 - only there in a notebook

    return get_ipython()
