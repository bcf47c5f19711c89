"""What leaves an archive: all of it as it was packed, or nothing, and what was wrong with it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from labkit.pack import archive, unpacking
from labkit.pack.archive import Entry
from labkit.progress import Progress

#: A file that is longer than one block of a tar archive, and not the same in any two places.
LONG = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(64))

HERE: dict[str, Any] = {
    "format": 1,
    "labkit": "0.4.0",
    "platform": unpacking.this_platform(),
    "pythons": ["3.11", "3.12", "3.13", "3.14"],
    "glibc": "2.28",
    "kubernetes": "v1.37.2",
}


def make(folder: Path, manifest: dict[str, Any] | None = None, **more: bytes) -> Path:
    """Write an archive as labkit pack does, with little in it."""
    out = folder / "lab.tar"
    said = json.dumps(manifest or HERE).encode()
    first = [Entry("START-HERE.txt", b"start"), Entry("unpack.py", Path(unpacking.__file__), executable=True)]
    rest = [Entry("pack/manifest.json", said), Entry("Makefile", b"lab:\n"), Entry("pack/images/node.tar.zst", LONG)]
    rest += [Entry(name, content) for name, content in more.items()]
    archive.write(Progress(), out, first, rest)
    return out


def quiet(share: float, name: str) -> None:
    assert 0 <= share <= 1, name


def refused(file: Path, folder: Path) -> unpacking.Problem:
    """Unpack what must be refused; nothing may stay beside what was there."""
    before = sorted(folder.iterdir())
    with pytest.raises(unpacking.Problem) as told:
        unpacking.unpack(file, folder / "lab", quiet)
    assert sorted(folder.iterdir()) == before
    assert told.value.remedy
    return told.value


def offset_of(file: Path, name: str) -> int:
    """Return where a file's content begins in an archive."""
    with tarfile.open(file) as opened:
        return opened.getmember(f"kubernetes-lab/{name}").offset_data


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_all_of_it_comes_out_as_it_went_in(tmp_path: Path) -> None:
    said = unpacking.unpack(make(tmp_path), tmp_path / "lab", quiet)
    assert (tmp_path / "lab" / "pack" / "images" / "node.tar.zst").read_bytes() == LONG
    assert (tmp_path / "lab" / "unpack.py").stat().st_mode & 0o111
    assert not (tmp_path / "lab" / "Makefile").stat().st_mode & 0o111
    assert (said["files"], said["kubernetes"]) == (6, "v1.37.2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab", "lab.tar"]


def test_the_list_of_checksums_is_one_that_sha256sum_reads(tmp_path: Path) -> None:
    unpacking.unpack(make(tmp_path), tmp_path / "lab", quiet)
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    subprocess.run(check, cwd=tmp_path / "lab", check=True, capture_output=True)


@pytest.mark.parametrize("name", ["pack/images/node.tar.zst", "pack/manifest.json", "unpack.py", "START-HERE.txt"])
def test_one_bit_that_flipped_is_found_and_its_file_named(tmp_path: Path, name: str) -> None:
    file = make(tmp_path)
    flip(file, offset_of(file, name) + 3)
    told = refused(file, tmp_path)
    assert told.problem == f"{name} in {file} is not what was packed"
    expected, found = told.detail.splitlines()
    assert expected.startswith("expected SHA-256 ")
    assert found.startswith("found    SHA-256 ")
    assert expected.split()[-1] != found.split()[-1]


def test_a_bit_that_flipped_in_the_checksums_is_found_too(tmp_path: Path) -> None:
    file = make(tmp_path)
    flip(file, offset_of(file, "SHA256SUMS") + 3)
    told = refused(file, tmp_path)
    assert "START-HERE.txt in" in told.problem
    flip(file, offset_of(file, "SHA256SUMS") + 3)
    flip(file, offset_of(file, "SHA256SUMS") + 64)
    assert "SHA256SUMS in" in refused(file, tmp_path).problem


def test_a_bit_that_flipped_in_a_header_is_found(tmp_path: Path) -> None:
    file = make(tmp_path)
    flip(file, offset_of(file, "pack/images/node.tar.zst") - 500)
    assert "lacks pack/images/node.tar.zst: it is cut off, or was changed" in refused(file, tmp_path).problem


def test_an_archive_that_is_cut_off_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    file = make(tmp_path)
    whole = file.read_bytes()
    end = offset_of(file, "pack/images/node.tar.zst") + len(LONG)
    for size in [0, 1, 511, 512, *range(1000, end, 701), end - 1]:
        file.write_bytes(whole[:size])
        refused(file, tmp_path)
    file.write_bytes(whole[: end - 48])
    told = refused(file, tmp_path).problem
    assert "cut off in the middle of pack/images/node.tar.zst: 2048 bytes of it are expected, 2000 are there" in told


def without(file: Path, name: str) -> None:
    """Take one file out of an archive, as somebody who edits it does."""
    with tarfile.open(file) as opened:
        kept = [
            (member, opened.extractfile(member)) for member in opened.getmembers() if not member.name.endswith(name)
        ]
        content = [(member, source.read() if source else b"") for member, source in kept]
    rewrite(file, content)


def rewrite(file: Path, content: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    from io import BytesIO  # noqa: PLC0415 - here only

    with tarfile.open(file, "w") as opened:
        for member, data in content:
            opened.addfile(member, BytesIO(data))


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    file = make(tmp_path)
    without(file, "Makefile")
    assert f"{file} lacks Makefile" in refused(file, tmp_path).problem
    file.unlink()
    file = make(tmp_path)
    without(file, "SHA256SUMS")
    assert "holds no kubernetes-lab/SHA256SUMS" in refused(file, tmp_path).problem
    file.unlink()
    file = make(tmp_path)
    without(file, "manifest.json")
    assert "holds no kubernetes-lab/pack/manifest.json" in refused(file, tmp_path).problem


@pytest.mark.parametrize("name", ["kubernetes-lab/extra", "kubernetes-lab/../escaped", "/escaped", "other/Makefile"])
def test_what_was_added_is_refused(tmp_path: Path, name: str) -> None:
    file = make(tmp_path)
    with tarfile.open(file, "a") as opened:
        member = tarfile.TarInfo(name)
        opened.addfile(member)
    told = refused(file, tmp_path)
    assert name.removeprefix("kubernetes-lab/") in told.problem
    assert not (tmp_path.parent / "escaped").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    file = make(tmp_path)
    with tarfile.open(file, "a") as opened:
        member = tarfile.TarInfo("kubernetes-lab/link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        opened.addfile(member)
    assert "'kubernetes-lab/link', which labkit pack does not write" in refused(file, tmp_path).problem


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "photo.jpg"
    other.write_bytes(b"\xff\xd8" * 4000)
    assert "photo.jpg is no archive of labkit pack" in refused(other, tmp_path).problem
    assert "there is no file" in refused(tmp_path / "absent.tar", tmp_path).problem


def test_a_target_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    file = make(tmp_path)
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "mine").write_text("mine", encoding="utf-8")
    assert "lab is there already, and is left as it is" in refused(file, tmp_path).problem
    assert [path.name for path in (tmp_path / "lab").iterdir()] == ["mine"]
    # what "tar xf FILE kubernetes-lab/unpack.py" makes is no lab yet
    (tmp_path / "lab" / "mine").rename(tmp_path / "lab" / "unpack.py")
    unpacking.unpack(file, tmp_path / "lab", quiet)
    assert (tmp_path / "lab" / "Makefile").is_file()


def test_too_little_room_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = make(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    assert "GB free, and unpacking takes" in refused(file, tmp_path).problem


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    file = make(tmp_path)

    def interrupt(share: float, _name: str) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpacking.unpack(file, tmp_path / "lab", interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["lab.tar"]


@pytest.mark.parametrize(
    ("change", "problem", "remedy"),
    [
        ({"platform": "linux/s390x"}, "the archive is for linux/s390x, and this machine is ", "labkit pack FILE"),
        ({"pythons": ["2.7"]}, "has packages for Python 2.7, and this is Python 3.", "python2.7 unpack.py"),
        ({"glibc": "9.1"}, "need glibc 9.1 or newer, and this machine has glibc 2", "newer system"),
        ({"format": 2}, "the archive has form 2, and this program knows form 1", "unpack.py that is in the archive"),
    ],
)
def test_an_archive_for_other_machines_is_refused(
    tmp_path: Path, change: dict[str, Any], problem: str, remedy: str
) -> None:
    told = refused(make(tmp_path, {**HERE, **change}), tmp_path)
    assert problem in told.problem
    assert remedy in told.remedy


def test_a_machine_without_glibc_is_refused() -> None:
    with pytest.raises(unpacking.Problem, match="this machine has another C library"):
        unpacking.check_machine(HERE, HERE["platform"], (3, 12, 1), ("", ""))
    unpacking.check_machine(HERE, HERE["platform"], (3, 12, 1), ("glibc", "2.28"))


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    # -I -S: no site-packages, no labkit
    asked = [sys.executable, "-I", "-S", *map(str, arguments)]
    return subprocess.run(asked, cwd=cwd, check=False, capture_output=True, text=True)


def test_the_file_in_the_archive_runs_alone(tmp_path: Path) -> None:
    make(tmp_path)
    take = ["tar", "xf", "lab.tar", "--strip-components=1", "kubernetes-lab/unpack.py"]
    subprocess.run(take, cwd=tmp_path, check=True)
    done = run("unpack.py", "lab.tar", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Next: cd kubernetes-lab && make lab"
    again = run("unpack.py", "lab.tar", cwd=tmp_path)
    assert again.returncode == 1
    assert "kubernetes-lab is there already" in again.stderr
    assert "Traceback" not in again.stderr


def test_what_tar_has_unpacked_can_be_looked_at(tmp_path: Path) -> None:
    file = make(tmp_path)
    subprocess.run(["tar", "xf", file], cwd=tmp_path, check=True)
    top = tmp_path / "kubernetes-lab"
    done = run(top / "unpack.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"Next: cd {top} && make lab" in done.stdout
    flip(top / "pack" / "images" / "node.tar.zst", 100)
    changed = run(top / "unpack.py", cwd=tmp_path)
    assert changed.returncode == 1
    assert f"pack/images/node.tar.zst in {top} is not what was packed" in changed.stderr
    (top / "Makefile").unlink()
    assert f"{top} lacks Makefile" in run(top / "unpack.py", cwd=tmp_path).stderr


def test_told_by_the_command_line_as_by_the_file(tmp_path: Path) -> None:
    file = make(tmp_path)
    flip(file, offset_of(file, "Makefile"))
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "unpack", file, tmp_path / "lab"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "Makefile in" in done.stderr
    assert "expected SHA-256" in done.stderr
    assert "Next: copy lab.tar anew" in done.stderr
    assert not (tmp_path / "lab").exists()
