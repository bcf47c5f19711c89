"""Recordings in files: what comes back is what was recorded, and every bad file is told in one message."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit.errors import LabError
from labkit.recording import file, lines, records
from labkit.recording.facts import Facts
from labkit.recording.request import Request
from labkit.recording.source import Source
from labkit.recording.timeline import Timeline
from labkit.recording.writer import Writer
from labkit.state import Change, Snapshot, Store
from tests.unit import recording

if TYPE_CHECKING:
    from collections.abc import Callable

FACTS = Facts("kind-labkit", "lab", "v1.37.2", "1.0.0", "https://127.0.0.1:30443", 12.0)


def made(size: int = 256, newest: int = 50) -> Source:
    """Return a recording with requests."""
    timeline = Timeline(size=size, newest=newest)
    store = Store(timeline.record)
    for change in recording.changes():
        store.apply(change)
    store.mark_stale("Pod", "connection refused", timeline.last + 1)
    store.mark_denied("Node", "nodes is forbidden", timeline.last + 1)
    store.apply(Change("Pod", "ADDED", {"metadata": {"uid": "odd", "name": "odd"}, "spec": 5}, timeline.last + 1))
    source = Source(timeline, facts=FACTS, end=timeline.last + 3)
    for number in range(300):
        version = None if number == 200 else "2.0.0" if number > 250 else "1.0.0"
        pod = "no answer within 4 s" if version is None else "hello-é"
        source.requests.add(Request(timeline.first + number / 10, version, 0.02, pod, 2, ("504", "200")))
    return source


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a recording."""
    path = tmp_path_factory.mktemp("whole") / "run.rec"
    file.save(made(), path)
    return path


def same(one: Source, other: Source) -> None:
    assert list(one.timeline) == list(other.timeline)
    assert list(one.requests) == list(other.requests)
    assert one.moments == other.moments
    assert one.facts == other.facts
    assert one.span == other.span
    for before, after in zip(one.timeline, other.timeline, strict=True):
        assert before.index.placement.slots == after.index.placement.slots


def test_what_is_saved_comes_back(whole: Path) -> None:
    source = made()
    loaded = file.load(whole)
    same(source, loaded)
    assert loaded.damage == ""
    assert not loaded.growing
    assert loaded.timeline.latest.unreadable
    assert loaded.timeline.latest.stale
    assert "Node" in loaded.timeline.latest.denied
    assert len(loaded.moments) > 50


def test_saved_again_it_is_the_same_file(whole: Path, tmp_path: Path) -> None:
    file.save(file.load(whole), tmp_path / "again.rec")
    assert (tmp_path / "again.rec").read_bytes() == whole.read_bytes()


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    count=st.integers(1, 80), start=st.integers(0, 300),
    sizes=st.tuples(st.integers(1, 100), st.integers(0, 9), st.integers(1, 9)),
)  # fmt: skip
def test_any_part_of_it_comes_back(
    tmp_path_factory: pytest.TempPathFactory, count: int, start: int, sizes: tuple[int, int, int]
) -> None:
    """Also one whose beginning is not kept any more."""
    timeline = Timeline(*sizes)
    store = Store(timeline.record)
    for change in recording.changes()[start : start + count]:
        store.apply(change)
    path = tmp_path_factory.mktemp("part") / "part.rec"
    file.save(Source(timeline, facts=FACTS, end=timeline.last), path)
    loaded = file.load(path)
    # where the beginning is gone, the file begins with what there was before
    assert list(loaded.timeline)[-len(timeline) :] == list(timeline)
    assert loaded.timeline.at(timeline.last) == timeline.latest


def test_a_line_has_the_fields_of_records_and_no_others(whole: Path) -> None:
    texts = gzip.decompress(whole.read_bytes()).decode().splitlines()
    known = {name for kind in records._classes().values() for name in kind.__dataclass_fields__}
    seen = {name for line in map(json.loads, texts) for _, record in line.get("put", ()) for name in record}
    assert seen <= known
    assert "containers" in seen
    assert not any("managedFields" in line or "last-applied" in line for line in texts)


# -- damaged -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_one_can_be_read_up_to_there(whole: Path, tmp_path: Path, share: float) -> None:
    data = whole.read_bytes()
    cut = tmp_path / "cut.rec"
    cut.write_bytes(data[: int(len(data) * share)])
    loaded = file.load(cut)
    kept = list(loaded.timeline)
    assert kept == list(made().timeline)[: len(kept)]
    assert len(kept) > 0
    assert "cut off" in loaded.damage


def test_one_with_a_wrong_byte_can_be_read_up_to_there(whole: Path, tmp_path: Path) -> None:
    data = bytearray(whole.read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "odd.rec").write_bytes(data)
    loaded = file.load(tmp_path / "odd.rec")
    assert loaded.damage
    assert 0 < len(loaded.timeline) < len(made().timeline)


def rewritten(whole: Path, path: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    path.write_bytes(gzip.compress(b"\n".join(change(gzip.decompress(whole.read_bytes()).split(b"\n")))))
    return path


ODD = [
    b"not JSON",
    b"[1,2]",
    b'{"at":"soon"}',
    b'{"at":1e999}',
    b'{"at":NaN}',
    b'{"at":true}',
    b'{"at":5,"put":[["Secret",{}]]}',
    b'{"at":5,"put":[["Pod",{}]]}',
    b'{"at":5,"put":[["Pod"]]}',
    b'{"at":5,"put":5}',
    b'{"at":5,"gone":[["Pod",7]]}',
    b'{"at":5,"known":["Secret"]}',
    b'{"at":5,"marks":{"objects":{}}}',
    b'{"at":5,"marks":{"stale":7}}',
    b'{"at":5,"marks":{"denied":{"Pod":7}}}',
    b'{"request":[1,2]}',
    b'{"request":[1,"1.0.0","fast","hello",1,[]]}',
    b'{"request":[1,"1.0.0",-5,"hello",1,[]]}',
    b'{"end":null}',
    b"[" * 100_000,
    b"\xff\xfe",
    b"",
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:40].decode(errors="replace"))
def test_what_is_no_line_of_a_recording_is_damage(whole: Path, tmp_path: Path, odd: bytes) -> None:
    path = rewritten(whole, tmp_path / "odd.rec", lambda each: [*each[:50], odd, *each[50:]])
    loaded = file.load(path)
    assert loaded.damage.startswith("line 51: ")
    assert len(loaded.damage) < 200
    assert 0 < len(loaded.timeline) < 50


def test_what_a_later_kit_knows_of_an_object_is_not_read(whole: Path, tmp_path: Path) -> None:
    def more(each: list[bytes]) -> list[bytes]:
        said = [json.loads(line) for line in each if line]
        for _, record in [pair for line in said for pair in line.get("put", ())]:
            record["mood"] = "good"
        return [json.dumps(line).encode() for line in said] + [b""]

    same(file.load(rewritten(whole, tmp_path / "more.rec", more)), made())


# -- no recording ------------------------------------------------------------------------------------------------------


def header(**changes: Any) -> bytes:
    return json.dumps({"format": file.FORMAT, "version": 1, "facts": {}, **changes}).encode() + b"\n"


BAD: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "is empty", "make it anew"),
    "text": (b"hello\n", "is not a recording of the lab", "labkit record FILE"),
    "one byte": (b"\x1f", "is not a recording", "labkit record FILE"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a recording", "labkit record FILE"),
    "other gzip": (gzip.compress(b"hello\nyou\n"), "is not a recording", "labkit record FILE"),
    "other JSON": (gzip.compress(b'{"cells": []}\n'), "is not a recording", "labkit record FILE"),
    "gzip of nothing": (gzip.compress(b""), "is not a recording", "labkit record FILE"),
    "newer": (
        gzip.compress(header(version=2, facts={"labkit": "9.0.0"})),
        "format version 2, written by labkit 9.0.0; this kit reads version 1", "git pull",
    ),
    "odd version": (gzip.compress(header(version="x" * 1000)), "format version", "git pull"),
    "no facts": (gzip.compress(header(facts=None)), "does not say where it comes from", "make it anew"),
    "odd facts": (gzip.compress(header(facts={"context": 5})), "does not say where it comes from", "make it anew"),
    "only facts": (gzip.compress(header()), "has nothing of a cluster in it", "make it anew"),
    "magic only": (b"\x1f\x8b", "can't be read: it is cut off", "make it anew"),
    "damaged at once": (b"\x1f\x8b\x08" + b"\xff" * 50, "can't be read: it is damaged", "make it anew"),
    "a line without end": (
        gzip.compress(b"[" + b"0," * (lines.LONGEST // 2 + lines._CHUNK)), "a line has more than 32 MB", "make it anew"
    ),
    "a long line later": (
        gzip.compress(header() + b"0" * (lines.LONGEST + lines._CHUNK + 1)), "a line has more than 32 MB", "make it",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "problem", "remedy"), BAD.values(), ids=BAD)
def test_a_bad_file_is_told_in_one_message(tmp_path: Path, data: bytes, problem: str, remedy: str) -> None:
    path = tmp_path / "bad.rec"
    path.write_bytes(data)
    with pytest.raises(LabError) as caught:
        file.load(path)
    assert problem in caught.value.problem
    assert str(path) in caught.value.problem
    assert remedy in caught.value.remedy
    assert len(str(caught.value)) < 500


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is small and holds very much is read so far, and no further."""
    monkeypatch.setattr(lines, "MOST", 1024**2)
    path = tmp_path / "bomb.rec"
    step = b'{"at":5,"known":["Pod"]}\n'
    path.write_bytes(gzip.compress(header() + step + b'{"at":6,"forgotten":["Pod"]}\n' * 500_000))
    loaded = file.load(path)
    assert "holds more than" in loaded.damage


def test_missing_ones_folders_and_odd_names_are_told(tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path / "none.rec", "There is no recording"),
        (tmp_path, "is a folder"),
        ("", "is no name of a file"),
        ("a\0b", "is no name of a file"),
        (None, "is no name of a file"),
        (7, "is no name of a file"),
        (tmp_path / ("x" * 300), "can't be used: File name too long"),
    ):
        with pytest.raises(LabError, match=problem):
            file.load(path)  # type: ignore[arg-type]


# -- writing -----------------------------------------------------------------------------------------------------------


def test_what_is_no_recording_is_not_overwritten(whole: Path, tmp_path: Path) -> None:
    precious = tmp_path / "thesis.txt"
    for data in (b"precious", b"", gzip.compress(b"precious\n")):
        precious.write_bytes(data)
        for write in (file.save, Writer):
            with pytest.raises(LabError, match="is not overwritten"):
                write(made(), precious)
        assert precious.read_bytes() == data
    again = tmp_path / "again.rec"
    again.write_bytes(whole.read_bytes()[:3000])
    file.save(made(), again)
    assert file.load(again).damage == ""
    assert sorted(each.name for each in tmp_path.iterdir()) == ["again.rec", "thesis.txt"]


def test_where_it_cannot_be_written_is_told(tmp_path: Path) -> None:
    for write in (file.save, Writer):
        with pytest.raises(LabError, match="There is no folder"):
            write(made(), tmp_path / "none" / "run.rec")
        with pytest.raises(LabError, match="is a folder"):
            write(made(), tmp_path)


def test_a_failed_save_leaves_what_was_there(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.rec"
    path.write_bytes(whole.read_bytes())

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file, "end_line", full)
    with pytest.raises(LabError, match="No space left on device") as caught:
        file.save(made(), path)
    assert "df -h" in caught.value.remedy
    assert path.read_bytes() == whole.read_bytes()
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_ends_the_writer_and_not_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = recording.Recorded()
    source = watch.source()
    watch.play(50)
    monkeypatch.setattr(file, "check", lambda _: Path("/dev/full"))
    writer = Writer(source, tmp_path / "run.rec")
    writer._thread.join(10)
    watch.play(50)
    assert len(source.timeline) > 90
    with pytest.raises(LabError, match="is not whole: No space left on device") as caught:
        writer.close()
    assert "df -h" in caught.value.remedy


def test_it_is_written_as_it_goes(tmp_path: Path) -> None:
    watch = recording.Recorded()
    source = watch.source()
    watch.play(50)
    with Writer(source, tmp_path / "run.rec"):
        watch.play(50)
        source.requests.add(Request(1.0, "1.0.0", 0.1, "hello-1"))
        watch.play(10_000)
    source.close()
    loaded = file.load(tmp_path / "run.rec")
    assert list(loaded.timeline) == list(source.timeline)
    assert list(loaded.requests) == list(source.requests)
    assert loaded.damage == ""


KILLED = """
import sys, time
from labkit.recording.writer import Writer
from tests.unit.recording import Recorded
watch = Recorded()
source = watch.source()
Writer(source, sys.argv[1])
watch.play(200)
print(len(source.timeline), flush=True)
time.sleep(60)
"""


def test_killed_it_has_what_is_older_than_a_second(tmp_path: Path) -> None:
    path = tmp_path / "run.rec"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        count = int(process.stdout.readline())
        time.sleep(3)
        os.kill(process.pid, signal.SIGKILL)
    loaded = file.load(path)
    assert len(loaded.timeline) == count > 100
    assert "cut off" in loaded.damage


def test_zlib_is_read_a_little_at_a_time(tmp_path: Path) -> None:
    """However much a few bytes hold, no more than a part of it is in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    path = tmp_path / "zeros.gz"
    path.write_bytes(packer.compress(b"0" * 50_000_000) + packer.flush())
    with path.open("rb") as opened:
        assert max(len(part) for part in lines.Lines(opened)._parts()) <= lines._CHUNK


def test_an_empty_snapshot_is_not_written() -> None:
    assert list(Source(Timeline(), end=1.0).lines()) == []
    assert Snapshot() == Timeline().latest
