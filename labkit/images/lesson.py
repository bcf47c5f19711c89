"""The lesson's own images: auth, hello (two versions) and the frontend's nginx, and where their bases come from."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.errors import BuildError
from labkit.images import assemble, registry, rootfs, stages, toolchain
from labkit.paths import REPO

if TYPE_CHECKING:
    from labkit.progress import Progress, Stage

#: Public bases for a machine with a registry, by digest: a tag moves, and then a cache key that holds it no longer says
#: what was built. The offline way has Debian 12 with the same programs in their place.
#: Source: repos/{python,nginx}/remote in docker-library/repo-info; the images are of 2026-08-25 and 2026-09-15.
PUBLIC_BASES = {
    "python": "python:3.13.15-slim-bookworm@sha256:cbd229d7b9bd041012af758ce5ffd807a6518d76493ce9035d208f1db9ceff1e",
    "nginx": "nginx:1.30.5-trixie@sha256:f92c7740f24b93202cbb97241c7ef45eebe26416d741e12a4dadd2370732636e",
}

SERVICES = REPO / "services"
NGINX = REPO / "nginx"

#: The services' libraries, locked with hashes.
LIBRARIES_LOCK = SERVICES / "requirements.lock"


@dataclass(frozen=True, slots=True)
class LessonImage:
    """One image of the lesson.

    Attributes
    ----------
    name
        Its name in the lesson: ``auth``, ``hello`` or ``frontend``.
    version
        Its tag, which it is told as ``ARG VERSION``.
    base
        What it stands on: ``python`` or ``nginx``.
    """

    name: str
    version: str
    base: str

    @property
    def tag(self) -> str:
        """The image's name in the manifests.

        The registry is ``localhost`` so that a pull of a tag that does not exist fails on the node, at once, and never
        leaves the machine.
        """
        return f"localhost/{self.name}:{self.version}"

    @property
    def dockerfile(self) -> Path:
        """The Dockerfile; its head says what the build context is."""
        return (NGINX if self.base == "nginx" else SERVICES / self.name) / "Dockerfile"

    def files(self) -> dict[str, Path | bytes]:
        """Return what of the repository is in the build context: path in it to file."""
        if self.base == "nginx":
            return {path.name: path for path in sorted(NGINX.iterdir()) if path.name == "nginx.conf"}
        kept = [*SERVICES.glob("*.py"), *(SERVICES / self.name).rglob("*")]
        sources = (path for path in kept if path.is_file() and "__pycache__" not in path.parts)
        return {path.relative_to(REPO).as_posix(): path for path in sorted(sources) if path.name != "Dockerfile"}

    @property
    def inputs(self) -> str:
        """The hash of what stands in the repository: Dockerfile, sources, and the locked libraries."""
        files = [self.dockerfile, *(path for path in self.files().values() if isinstance(path, Path))]
        locked = LIBRARIES_LOCK.read_bytes() if self.base == "python" else b""
        return stages.digest(self.tag, stages.digest_files(REPO, files), locked)


IMAGES = (
    LessonImage("auth", "1.0.0", "python"),
    LessonImage("hello", "1.0.0", "python"),
    LessonImage("hello", "2.0.0", "python"),
    LessonImage("frontend", "1.0.0", "nginx"),
)


def tags() -> list[str]:
    """Return the names of all images of the lesson."""
    return [image.tag for image in IMAGES]


def inputs(*, offline: bool) -> str:
    """Return the hash of everything that the lesson's images depend on.

    Parameters
    ----------
    offline
        Whether their bases are our own root file systems rather than public images.
    """
    bases = [rootfs.PYTHON.inputs, rootfs.NGINX.inputs] if offline else sorted(PUBLIC_BASES.values())
    return stages.digest(*bases, *(image.inputs for image in IMAGES))


def make(progress: Progress, *, offline: bool) -> dict[str, str]:
    """Have all images of the lesson in Docker's store.

    Parameters
    ----------
    progress
        Where the work is shown.
    offline
        Whether to build them on our own root file systems rather than on public images.

    Returns
    -------
    dict
        Docker's name of each image to its name on the nodes.
    """
    roots = {"python": rootfs.PYTHON, "nginx": rootfs.NGINX}
    bases = {}
    for name, root in roots.items():
        if offline:
            bases[name] = assemble.from_root(progress, root.name, rootfs.make(progress, root), root.inputs)
        else:
            bases[name] = registry.pull(progress, PUBLIC_BASES[name])
    libraries = _libraries(progress)
    names = {}
    for image in IMAGES:
        made_from = stages.digest(image.inputs, bases[image.base])
        files = image.files()
        if image.base == "python":
            files["deps"] = libraries
        arguments = {"BASE": bases[image.base], "VERSION": image.version}
        # a name of our own in Docker's store: somebody's own localhost/hello stays what it is
        ours = f"localhost/labkit/lesson-{image.name}:{image.version}"
        recipe = image.dockerfile
        assemble.build(progress, ours, made_from, dockerfile=recipe, files=files, arguments=arguments)
        names[ours] = image.tag
    return names


def _libraries(progress: Progress) -> Path:
    """Return a folder with the services' Python libraries: pure Python, so that one serves every base image."""

    def install(folder: Path, log: Path, stage: Stage) -> None:
        target = folder / "deps"
        remedy = f"see whether PyPI can be reached from here, then run the command again; log: {log}"
        toolchain.install_packages(target, LIBRARIES_LOCK, log, stage, remedy)
        compiled = sorted(target.rglob("*.so"))
        if compiled:
            raise BuildError(
                f"the services' libraries are not pure Python any more: {compiled[0].name}",
                remedy="choose a library without compiled parts in pyproject.toml, group services",
            )

    inputs_of_it = stages.digest(LIBRARIES_LOCK.read_bytes(), f"{sys.version_info[:2]}")
    return (
        stages.make(progress, "libraries", "Python libraries of the lesson's services", inputs_of_it, install) / "deps"
    )
