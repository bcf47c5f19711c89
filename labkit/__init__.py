"""The lab in which people first see Kubernetes work.

``from labkit import Lab`` is the public entry. Importing the package alone stays cheap and needs the standard library
only, because :mod:`labkit.bootstrap` runs before anything else is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.errors import LabError
    from labkit.notebook.lab import Lab

__all__ = ["Lab", "LabError", "__version__"]
__version__ = "0.4.0"


def __getattr__(name: str) -> object:
    """Load the public names on first use."""
    if name == "Lab":
        from labkit.notebook.lab import Lab  # noqa: PLC0415 - late on purpose, see the module's docstring

        return Lab
    if name == "LabError":
        from labkit.errors import LabError  # noqa: PLC0415 - likewise

        return LabError
    raise AttributeError(f"module 'labkit' has no attribute {name!r}")
