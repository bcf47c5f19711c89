"""Names of clusters and namespaces: what can't be one is told with an example, in every command and by Lab()."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from labkit import paths
from labkit.cli import app
from labkit.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

#: Each command that begins by looking at a cluster, or leaves it alone.
COMMANDS = sorted(
    info.name or info.callback.__name__ for info in app.registered_commands if info.callback and not info.hidden
)


@pytest.mark.parametrize("name", ["labkit", "a", "7", "lab-2", "a" * 49])
def test_a_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_CLUSTER", name)
    monkeypatch.setenv("LABKIT_NAMESPACE", name)
    assert paths.cluster_name() == paths.namespace() == name


def test_none_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable is as good as none."""
    for name in ("LABKIT_CLUSTER", "LABKIT_NAMESPACE"):
        monkeypatch.setenv(name, "")
    assert (paths.cluster_name(), paths.namespace()) == ("labkit", "lab")


ASKED = {"LABKIT_CLUSTER": (paths.cluster_name, "labkit-2"), "LABKIT_NAMESPACE": (paths.namespace, "lab-2")}


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("My_Lab", "my-lab"),
        ("-lab-", "lab"),
        ("lab.", "lab"),
        ("../etc", "etc"),
        ("a b", "a-b"),
        ("\u5b9e\u9a8c", ""),
        ("lab\n", "lab"),
        ("Kube-System", ""),
        ("a" * 64, "a" * 49),
    ],
)
@pytest.mark.parametrize("variable", list(ASKED))
def test_no_name(name: str, example: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The value, the reason, and a name that is one."""
    ask, default = ASKED[variable]
    monkeypatch.setenv(variable, name)
    with pytest.raises(LabError) as told:
        ask()
    assert told.value.problem.startswith(f"{variable}={name!r} is no name for a ")
    offered = told.value.remedy.split("=")[1].split()[0]
    assert offered.startswith(example or default)
    monkeypatch.setenv(variable, offered)
    assert ask() == offered


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public", "kube-mine"])
def test_a_namespace_of_kubernetes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab empties its namespace."""
    monkeypatch.setenv("LABKIT_NAMESPACE", name)
    with pytest.raises(LabError, match="Kubernetes' own"):
        paths.namespace()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_so_first(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was made, asked or removed; also by those that need no cluster."""
    for name, value in {"LABKIT_CLUSTER": "My_Lab", "LABKIT_CACHE": str(tmp_path / "c"), "PATH": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, [command])
    assert isinstance(done.exception, LabError)
    assert "LABKIT_CLUSTER='My_Lab' is no name for a cluster" in done.exception.problem
    assert done.output == ""
    assert not (tmp_path / "c").exists()


def test_what_is_printed() -> None:
    """A sentence and a command, on standard error, and code 1."""
    done = labkit("status", {"LABKIT_CLUSTER": "My_Lab"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "\nLABKIT_CLUSTER='My_Lab' is no name for a cluster: it takes small letters, digits and '-' in between.\n"
        "Next: LABKIT_CLUSTER=my-lab labkit up; or unset it\n"
    )


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"LABKIT_NAMESPACE": "kube-system"}, "LABKIT_NAMESPACE='kube-system' is one of Kubernetes' own namespaces"),
        ({"LABKIT_CLUSTER": "a/b"}, "LABKIT_CLUSTER='a/b' is no name for a cluster"),
    ],
)
def test_a_notebook_is_told_the_same(variables: dict[str, str], said: str) -> None:
    """In IPython, without a traceback."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell as S\n"
        "S.instance().run_cell('from labkit import Lab; Lab(\"01-create\")')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=paths.REPO,
        env={**os.environ, "LABKIT_KUBECONFIG": "", **variables},
        timeout=60,
    )
    assert said in done.stdout
    assert "Next: LABKIT_" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_status_says_by_its_code_that_there_is_no_cluster(options: list[str], tmp_path: Path) -> None:
    """A script can ask; what is printed stays the same."""
    changed = {"LABKIT_CLUSTER": "labkit-nowhere", "LABKIT_CACHE": str(tmp_path), "DOCKER_HOST": "unix:///nowhere.sock"}
    done = labkit("status", changed, *options)
    assert (done.returncode, done.stderr) == (1, "")
    assert "absent" in done.stdout


def labkit(command: str, variables: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run a command."""
    return subprocess.run(
        [sys.executable, "-m", "labkit", command, *options],
        check=False,
        capture_output=True,
        text=True,
        cwd=paths.REPO,
        env={**os.environ, "LABKIT_KUBECONFIG": "", **variables},
        timeout=60,
    )
