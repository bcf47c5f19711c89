"""The rooms of labkit: imports run downwards, and pure rooms read neither clock nor network."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
#: Rooms of pure functions: what they are told is all they know.
PURE = (
    "state",
    "explain",
    "board/picture",
    *(
        f"recording/{name}.py"
        for name in ("blocks", "cursor", "facts", "moment", "moments", "records", "replacement", "request", "story")
    ),
)
#: Modules that ask somebody else, or do things at the same time.
IMPURE = {"asyncio", "httpx2", "random", "socket", "subprocess", "threading", "urllib3"}
#: What asks the clock: of ``time`` and of ``datetime``.
CLOCKS = {"monotonic", "now", "perf_counter", "sleep", "time", "time_ns", "utcnow"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


def test_imports_run_downwards() -> None:
    done = lint(REPO)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_import_upwards_is_found(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes((REPO / "pyproject.toml").read_bytes())
    for path in (REPO / "labkit").rglob("*.py"):
        copy = tmp_path / path.relative_to(REPO)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    upwards = tmp_path / "labkit" / "state" / "times.py"
    upwards.write_text("import labkit.board.picture\n" + upwards.read_text(encoding="utf-8"), encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "labkit.state.times -> labkit.board.picture" in " ".join(done.stdout.split())


def _files(room: str) -> list[Path]:
    path = REPO / "labkit" / room
    return [path] if path.suffix else sorted(path.rglob("*.py"))


@pytest.mark.parametrize("path", [file for room in PURE for file in _files(room)], ids=lambda path: path.stem)
def test_pure_rooms_read_no_clock_and_no_network(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported: set[str] = set()
    asked: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if isinstance(of, ast.Name) and of.id in {"time", "datetime"}:
                asked.add(node.func.attr)
    assert not imported & IMPURE
    assert not asked & CLOCKS
