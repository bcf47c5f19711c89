"""JupyterLab with the kit's own settings: on 127.0.0.1, with a token, and nothing of the user's ~/.jupyter touched."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import nbformat
from nbformat.sign import NotebookNotary

from labkit import cluster, command, in_class, paths
from labkit.cluster.config import free_port
from labkit.errors import LabError
from labkit.images.stages import log_file
from labkit.lesson import committed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePath

    from labkit.progress import Progress

FIRST_NOTEBOOK = "notebooks/00-start-here.ipynb"

#: How long JupyterLab may take to answer, in seconds (seen: 3 to 6).
START_SECONDS = 90.0

#: JupyterLab asks at its first start whether it may fetch news: in a class that is one question too many.
OVERRIDES: dict[str, dict[str, object]] = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # the glossary opens as a page to read
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
    # a command is read whole, in a cell that is narrow beside the board too
    "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineNumbers": False, "lineWrap": True}},
}


#: JupyterLab shows an SVG as an image of its own size, and cuts off what does not fit into a narrow cell.
STYLE = ".jp-RenderedSVG img { max-width: 100%; height: auto; }\n"

#: JupyterLab's own name for the file of the workspace "default": the name and a checksum of it.
_WORKSPACE = "default-37a8.jupyterlab-workspace"


@dataclass(frozen=True, slots=True)
class Server:
    """A JupyterLab that answers.

    Attributes
    ----------
    url
        Its address without a path, such as ``http://127.0.0.1:8888``.
    token
        What lets one in.
    pid
        Its process.
    """

    url: str
    token: str
    pid: int

    def address(self, notebook: str = FIRST_NOTEBOOK) -> str:
        """Return the address that opens a notebook.

        Parameters
        ----------
        notebook
            Its path below the repository.
        """
        return f"{self.url}/lab/tree/{notebook}?token={self.token}"


def environment(home: Path) -> dict[str, str]:
    """Return the variables that keep JupyterLab and its kernels in the kit's own folders, and have `home` made.

    IPython complains of a folder of its own whose parent is not there.

    Parameters
    ----------
    home
        JupyterLab's own folder, below ``.labkit``.
    """
    home.mkdir(parents=True, exist_ok=True)
    return variables(home)


def variables(home: PurePath) -> dict[str, str]:
    """Return the variables of :func:`environment`, also for a folder in another place, such as a Pod (pure)."""
    return {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        # the kernel is this very Python, not one that somebody has registered in their home folder
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


#: Where an instructor's notebooks are that show the learners' boards, in their home.
LOOKS = "class"
_LOOK = """\
# The board of {name}

Run the cell (Shift+Enter): it shows the board of {name} as it is now, and goes on. You look, and change nothing; {name}
does not notice. A look at somebody else lets this one go."""
_LOOK_CODE = """\
from labkit import Lab

look = Lab.look("{name}")
look.board()"""
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def prepare(home: Path) -> None:
    """Write the kit's settings for JupyterLab.

    Parameters
    ----------
    home
        JupyterLab's own folder.
    """
    overrides = home / "config" / "labconfig"
    overrides.mkdir(parents=True, exist_ok=True)
    # default_setting_overrides.json in a configuration folder of its own: the documented way without touching the
    # application's folder (JupyterLab docs, "Advanced Usage: overrides.json")
    _have(overrides / "default_setting_overrides.json", json.dumps(OVERRIDES, indent=2))
    style = home / "config" / "custom" / "custom.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    _have(style, STYLE)
    _make_room(home)
    trust_the_lesson(home, paths.REPO / "notebooks")
    write_looks(Path.home() / LOOKS, in_class.learners())


def _have(file: Path, text: str) -> None:
    """Write a file that does not say so yet; where the disk is full, one that does stays whole."""
    if not file.is_file() or file.read_bytes() != text.encode():
        file.write_text(text, encoding="utf-8")


def write_looks(folder: Path, learners: Iterable[str]) -> None:
    """Have a notebook for each learner of a class, by which an instructor looks at that one's board.

    Parameters
    ----------
    folder
        Where to; the page of the class (``classroom/hub/status.py``) leads there. One that is there stays as it is.
    learners
        Their names.
    """
    for name in learners:
        file = folder / f"{name}.ipynb"
        if file.exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        cells = [
            nbformat.v4.new_markdown_cell(_LOOK.format(name=name), id="look"),
            nbformat.v4.new_code_cell(_LOOK_CODE.format(name=name), id="board"),
        ]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})
        file.write_text(nbformat.writes(notebook), encoding="utf-8")


def _make_room(home: Path) -> None:
    """Begin with the side bar folded: notebook and board stand side by side. What a learner arranges later is kept."""
    default = home / "workspaces" / _WORKSPACE
    if not default.exists():
        default.parent.mkdir(parents=True, exist_ok=True)
        side: dict[str, object] = {"collapsed": True, "visible": True, "widgets": []}
        layout = {"left": {**side, "widgets": ["filebrowser"]}, "right": side, "relativeSizes": [0, 1, 0]}
        room = {"data": {"layout-restorer:data": layout}, "metadata": {"id": "default"}}
        default.write_text(json.dumps(room, indent=2), encoding="utf-8")


def trust_the_lesson(home: Path, notebooks: Path) -> list[str]:
    """Sign the committed notebooks: of an unknown one, JupyterLab shows no picture before its cells have been run.

    Only those that are as they were committed. What somebody changed or brought may hold a script that JupyterLab would
    run when the notebook is opened; whether to trust that is theirs to say (*Trust Notebook*, or running it).

    Parameters
    ----------
    home
        JupyterLab's own folder, where it keeps its signatures.
    notebooks
        The folder with the notebooks.

    Returns
    -------
    list[str]
        The names of those that were signed.
    """
    known = committed.read().notebooks
    data = home / "data"
    data.mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary(data_dir=str(data))
    signed = []
    try:
        for name, wanted in known.items():
            # the signatures are in a database, which may have no room for one more
            with contextlib.suppress(OSError, ValueError, sqlite3.Error):
                # what is compared and what is signed are the same bytes: the file may change in between
                found = (notebooks / f"{name}.ipynb").read_bytes()
                if committed.fingerprint(found) == wanted:
                    notary.sign(nbformat.reads(found.decode(), as_version=4))
                    signed.append(name)
    finally:
        notary.store.close()
    return signed


@contextlib.contextmanager
def server(
    port: int = 0, *, root: Path | None = None, home: Path | None = None, extra: dict[str, str] | None = None
) -> Iterator[Server]:
    """Run JupyterLab as long as the block lasts.

    Parameters
    ----------
    port
        Its port on 127.0.0.1; 0 for any that is free.
    root
        The folder that it shows; the repository when not given.
    home
        The folder of its own settings, workspaces and history; ``.labkit/jupyter`` when not given.
    extra
        Variables for it and its kernels, besides ours.

    Yields
    ------
    Server
        Where it answers.

    Raises
    ------
    LabError
        If it does not come up; with its log file and its last lines.
    """
    home = home or paths.STATE / "jupyter"
    prepare(home)
    chosen = port or free_port(0)
    token = secrets.token_hex(24)
    log = log_file(f"jupyter-{chosen}")
    log.parent.mkdir(parents=True, exist_ok=True)
    asked = [
        sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={root or paths.REPO}",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={chosen}", "--ServerApp.port_retries=0",
        # root is how a fresh machine or a container is used; the server listens on this machine only
        "--ServerApp.allow_root=True", "--ServerApp.terminals_enabled=True", "--LabApp.custom_css=True",
        # a notebook that nobody has run yet gives nothing away
        "--ServerApp.contents_manager_class=labkit.contents.Contents",
        # for the board, which takes away the panels of kernels that have died (labkit/board/browser/panels.js)
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    # our kernels know that this JupyterLab has room for the board beside the notebook (labkit/board/dock.py)
    ours = {**environment(home), "LABKIT_DOCK": "1", "JUPYTER_TOKEN": token}
    variables = {**command.environment(), **ours, **(extra or {})}
    with log.open("wb") as out:
        process = subprocess.Popen(
            asked,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=paths.REPO,
            start_new_session=True,
        )
    try:
        found = Server(f"http://127.0.0.1:{chosen}", token, process.pid)
        _wait(found, process, log)
        yield found
    finally:
        _stop(found, process)


def _wait(found: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(httpx2.HTTPError):
            answer = httpx2.get(
                f"{found.url}/api/status", headers={"Authorization": f"token {found.token}"}, timeout=5, trust_env=False
            )
            if answer.status_code == httpx2.codes.OK:
                return
        if process.poll() is not None or time.monotonic() > end:
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
            how = "ended at once" if process.poll() is not None else f"did not answer within {START_SECONDS:.0f} s"
            raise LabError(
                f"JupyterLab {how} ({found.url})",
                detail="\n".join(tail),
                remedy=f"read {log}, then: make lab (labkit lab --port 0 for another port)",
            )
        time.sleep(0.2)


def _stop(found: Server, process: subprocess.Popen[bytes]) -> None:
    """End JupyterLab tidily: it ends its kernels itself when it is asked to shut down."""
    if process.poll() is None:
        with contextlib.suppress(httpx2.HTTPError):
            httpx2.post(
                f"{found.url}/api/shutdown",
                headers={"Authorization": f"token {found.token}"},
                timeout=10,
                trust_env=False,
            )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
            return
        command.stop(process)


def serve(progress: Progress, port: int = 8888, *, browser: bool = True) -> None:
    """Run JupyterLab until Ctrl-C.

    Parameters
    ----------
    progress
        Where the address is said.
    port
        The port to prefer; another free one when it is taken, 0 for any.
    browser
        Whether to open a browser where there is a display.
    """
    reached = cluster.connection()
    # a terminal in JupyterLab, and "!kubectl" in a cell, talk to the lab's cluster and to no other
    path = os.pathsep.join([str(reached.kubectl.parent), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    extra = {**reached.kubectls_own(), "PATH": path}
    with server(free_port(port), extra=extra) as found:
        address = found.address()
        progress.say(f"\nThe lab is open:\n\n    {address}\n")
        progress.say("Ctrl-C ends JupyterLab; the cluster stays (labkit down removes it).")
        if browser and _has_display():
            webbrowser.open(address)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
        progress.say("\nJupyterLab ends.")


def _has_display() -> bool:
    if sys.platform == "darwin":
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
