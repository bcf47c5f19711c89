"""What a first cell imports: nothing that it does not need. Told by the modules, never by a clock."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Each takes longer to import than all of the kit.
HEAVY = {
    "pandas",
    "numpy",
    "kubernetes",
    "IPython",
    "ipywidgets",
    "anywidget",
    "sidecar",
    "httpx2",
    "cryptography",
    "rich",
}


def imported_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after a statement."""
    code = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import labkit", "from labkit import Lab", "import labkit.cluster"])
def test_nothing_heavy_is_imported(statement: str) -> None:
    assert "labkit" in imported_by(statement)
    assert imported_by(statement) & HEAVY == set()


def test_what_is_late_is_still_there() -> None:
    """A name that is imported on first use is the one that was meant."""
    from labkit import cluster  # noqa: PLC0415 - what is looked at

    for name in cluster.__all__:
        assert callable(getattr(cluster, name)), name
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        cluster.nothing_of_that_name  # noqa: B018 - asking is the point
