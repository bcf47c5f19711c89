"""A container that can't be frozen just then is tried again; whatever else Docker says is said at once.

The client is a script here that says what runc said on a loaded machine; the real one: tests/cluster/test_faults.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.errors import EngineError
from labkit.images import docker

if TYPE_CHECKING:
    from pathlib import Path

#: Fails as often as there are lines in "fails", and says what stands there.
CLIENT = """#!/bin/sh
cd {folder}
echo "$*" >> calls
said=$(head -n 1 fails)
sed -i 1d fails
[ -z "$said" ] || {{ echo "$said" >&2; exit 1; }}
"""
BUSY = "Error response from daemon: cannot pause container n: OCI runtime pause failed: unable to freeze: unknown"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put such a client first on PATH."""
    (tmp_path / "docker").write_text(CLIENT.format(folder=tmp_path))
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


@pytest.mark.parametrize(
    ("says", "calls"), [([], 1), ([BUSY, BUSY], 3), ([BUSY] * 5, 5), (["No such container: n"], 1)]
)
def test_it_is_tried_five_times_at_most(folder: Path, says: list[str], calls: int) -> None:
    (folder / "fails").write_text("\n".join(says) + "\n")
    if calls > len(says):
        docker.pause("n")
    else:
        with pytest.raises(EngineError) as error:
            docker.pause("n")
        assert error.value.detail == says[0]
    assert (folder / "calls").read_text() == "pause n\n" * calls
