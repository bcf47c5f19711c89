"""The file that labkit pack writes: the same bytes each time, whole or not there; and what goes into it."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from labkit import images
from labkit.errors import BuildError, LabError
from labkit.images import packed, stages
from labkit.pack import archive, checkout, node_image, packing, unpacking
from labkit.pack.archive import Entry
from labkit.pack.start_here import start_here
from labkit.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = [Entry("b/program", b"#!/bin/sh\n", executable=True), Entry("a", b"text")]


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.tar", tmp_path / "two.tar"
    (tmp_path / "file").write_bytes(b"text")
    archive.write(Progress(), one, [], ENTRIES)
    archive.write(Progress(), two, [], [ENTRIES[0], Entry("a", tmp_path / "file")])
    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(one) as opened:
        modes = {member.name: oct(member.mode) for member in opened}
    assert modes == {
        "kubernetes-lab/SHA256SUMS": "0o644",
        "kubernetes-lab/b/program": "0o755",
        "kubernetes-lab/a": "0o644",
    }


def test_a_disk_that_gets_full_leaves_no_half_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(LabError, match=r"is full after 0 MB") as told:
        archive.write(Progress(), tmp_path / "lab.tar", [], ENTRIES)
    assert "labkit pack " in told.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_told_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 3}))
    with pytest.raises(LabError, match=r"has 0 MB free, and 0 MB are needed"):
        archive.write(Progress(), tmp_path / "lab.tar", [], ENTRIES)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    there = tmp_path / "lab.tar"
    there.write_bytes(b"mine")
    with pytest.raises(LabError, match=r"lab.tar is there already, and is left as it is"):
        packing.target(there)
    with pytest.raises(LabError, match="there is no folder"):
        packing.target(tmp_path / "absent" / "lab.tar")
    usual = packing.target(tmp_path)
    assert usual.parent == tmp_path
    assert usual.name.startswith("kubernetes-lab-")
    assert usual.name.endswith(f"-{unpacking.this_platform().replace('/', '-')}.tar")


def test_without_a_node_image_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "ready", lambda: None)
    with pytest.raises(LabError, match="the node image is not here yet") as told:
        node_image.ready()
    assert told.value.remedy.startswith("labkit up")
    own = images.NodeImage("localhost/labkit-node:v1-a", "a", "example.org/mine:1")
    monkeypatch.setattr(images, "ready", lambda: own)
    with pytest.raises(LabError, match=r"LABKIT_NODE_IMAGE='example.org/mine:1' is an image of one's own"):
        node_image.ready()


def test_the_image_that_was_finished_is_kept_and_one_that_changed_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path))
    made: list[str] = []

    def compress(tag: str, out: Path, *_: object) -> None:
        made.append(tag)
        out.write_bytes(b"compressed")

    monkeypatch.setattr(node_image, "_compress", compress)
    monkeypatch.setattr("labkit.images.docker.inspect", lambda *_: None)
    image = images.NodeImage("localhost/labkit-node:v1-a", "a", "build")
    file, digest = node_image.save(Progress(), image)
    assert (file, digest) == node_image.save(Progress(), image)
    assert made == [image.tag]
    file.write_bytes(b"compresseD")
    assert node_image.save(Progress(), image) == (file, digest)
    assert made == [image.tag] * 2
    assert file.read_bytes() == b"compressed"


def repository(folder: Path) -> Path:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(folder)]
    folder.mkdir()
    for name in ("Makefile", "labkit/run.py", "untracked"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    (folder / "labkit" / "run.py").chmod(0o755)
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "Makefile", "labkit"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "first"], check=True)
    return folder


def test_the_checkout_is_what_git_knows_as_it_stands_here(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository")
    commit = checkout.described(folder)
    (folder / "Makefile").write_text("changed", encoding="utf-8")
    found = {entry.name: entry for entry in checkout.entries(folder)}
    assert sorted(found) == ["Makefile", "labkit/run.py"]
    assert found["labkit/run.py"].executable
    assert not found["Makefile"].executable
    with found["Makefile"].open() as opened:
        assert opened.read() == b"changed"
    assert checkout.described(folder) == f"{commit}+"


def test_a_checkout_out_of_a_pack_can_be_packed_again(tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    for name in ("Makefile", "unpack.py", "work"):
        (folder / name).write_text(name, encoding="utf-8")
    listed = ["Makefile", "unpack.py", "START-HERE.txt", "pack/bin/kind", "handouts/build/lesson.html"]
    (folder / "SHA256SUMS").write_text("".join(f"{'0' * 64}  {name}\n" for name in listed), encoding="utf-8")
    assert [entry.name for entry in checkout.entries(folder)] == ["Makefile"]
    (folder / "pack").mkdir()
    (folder / "pack" / "manifest.json").write_text('{"commit": "abc+"}', encoding="utf-8")
    assert checkout.described(folder) == "abc+"
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(LabError, match="neither a git checkout nor out of a pack"):
        checkout.entries(folder)


MANIFEST: dict[str, Any] = {
    "labkit": "0.4.0",
    "commit": "abc",
    "kubernetes": "v1.37.2",
    "platform": "linux/amd64",
    "pythons": ["3.11", "3.14"],
    "image": {
        "tag": "localhost/labkit-node:v1-a",
        "inputs": "a",
        "file": "pack/images/node.tar.zst",
        "sha256": "0" * 64,
    },
}


def test_the_page_to_start_with_names_the_machine_and_the_commands() -> None:
    page = start_here(MANIFEST)
    assert "for linux/amd64" in page
    assert "Python 3.11 to 3.14" in page
    assert "python3 unpack.py FILE" in page
    assert max(map(len, page.splitlines())) <= 120


def test_a_clone_has_no_pack(tmp_path: Path) -> None:
    assert packed.manifest(tmp_path / "pack") is None
    assert packed.image(tmp_path / "pack") is None
    assert packed.program("kind", tmp_path / "pack") is None


def test_an_image_that_is_not_what_was_packed_is_not_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    (folder / "images").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    there = packed.image(folder)
    assert there is not None
    assert there.file == folder / "images" / "node.tar.zst"
    with pytest.raises(BuildError, match=r"the pack lacks .*node.tar.zst"):
        packed.load(Progress(), there)
    there.file.write_bytes(b"changed")
    with pytest.raises(BuildError, match=r"node.tar.zst is not what was packed") as told:
        packed.load(Progress(), there)
    assert "expected SHA-256 0000" in told.value.detail
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(BuildError, match=r"manifest.json is not as it was packed"):
        packed.image(folder)


def test_the_packs_image_is_used_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LABKIT_NODE_IMAGE", "build")
    wanted = images.expected("build", offline=True)
    right = packed.PackedImage(wanted.tag, wanted.inputs, tmp_path / "node.tar.zst", "0")
    monkeypatch.setattr(packed, "image", lambda: right)
    assert images.in_pack() == right
    # a service was changed since: the image would be another
    other = packed.PackedImage(wanted.tag, stages.digest("other"), tmp_path / "node.tar.zst", "0")
    monkeypatch.setattr(packed, "image", lambda: other)
    assert images.in_pack() is None
