"""The real kubectl, with the kit's own kubeconfig and namespace, for the lab itself and as the ``%kubectl`` magic."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from labkit import paths
from labkit.api.client import Api
from labkit.errors import ClusterError, LabError, ManifestError
from labkit.explain.hints import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from IPython.core.interactiveshell import InteractiveShell

    from labkit.api.connection import Connection

#: These open an editor or a terminal, which a notebook cell does not have.
_NEED_A_TERMINAL = {"edit", "attach"}
_OTHER_CLUSTERS = {"--kubeconfig", "--context", "--cluster", "--server", "-s"}
_CONFIG_WORDS = {"config", "kustomize", "plugin"}


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished kubectl said.

    Attributes
    ----------
    stdout, stderr
        Its output, as text.
    code
        Its exit code; 0 is success.
    """

    stdout: str
    stderr: str
    code: int


class Kubectl:
    """kubectl on one cluster and namespace.

    Parameters
    ----------
    connection
        Which cluster and namespace; the kubeconfig named there is the only one that kubectl sees.
    cwd
        The folder in which kubectl runs, so that ``-f manifests/auth.yaml`` means the learner's copy.
    """

    def __init__(self, connection: Connection, cwd: Path | None = None) -> None:
        self.connection = connection
        self.cwd = cwd or paths.WORK

    @cached_property
    def api(self) -> Api:
        """The same cluster's API, asked directly: starting kubectl takes ten times as long as an answer."""
        return Api(self.connection.kubeconfig, self.connection.context)

    def command(self, args: Sequence[str]) -> list[str]:
        """Return the whole command line for kubectl's `args`, for who reads along while it runs."""
        return [str(self.connection.kubectl), *self.arguments(args)]

    def arguments(self, args: Sequence[str]) -> list[str]:
        """Return kubectl's `args` with the lab's context and namespace."""
        # behind "--" stands the command of a container, whose flags are its own
        end = list(args).index("--") if "--" in args else len(args)
        words, rest = list(args[:end]), list(args[end:])
        if any(word.split("=")[0] in _OTHER_CLUSTERS for word in words):
            raise LabError(
                f"kubectl {shlex.join(args)} names a cluster of its own; %kubectl works on the lab's cluster only.",
                remedy="leave the flag out, or use kubectl in a terminal",
            )
        # Flags behind the words, so that kubectl's own complaints stay about what the learner typed.
        where = ["--context", self.connection.context, "--namespace", self.connection.namespace]
        if words[:1] and words[0] in _CONFIG_WORDS:
            where = []
        if any(word.startswith(("--namespace", "-n")) for word in words):
            where = where[:2]
        return [*words, *where, *rest]

    def try_run(self, *args: str, stdin: str | None = None, timeout: float = 120.0) -> Result:
        """Run kubectl and return what it said, whether it succeeded or not.

        Parameters
        ----------
        args
            kubectl's arguments.
        stdin
            Text for its standard input (``-f -``).
        timeout
            Seconds after which it is ended.

        Raises
        ------
        ClusterError
            If it did not end in time.
        """
        self.cwd.mkdir(parents=True, exist_ok=True)
        done = self.connection.ask(self.arguments(args), timeout=timeout, stdin=stdin, cwd=self.cwd)
        return Result(done.stdout, done.stderr, done.returncode)

    def run(self, *args: str, stdin: str | None = None, timeout: float = 120.0) -> str:
        """Run kubectl and return its standard output.

        Raises
        ------
        ManifestError
            If it failed; the message explains why (:mod:`labkit.explain.hints`).
        """
        result = self.try_run(*args, stdin=stdin, timeout=timeout)
        if result.code:
            raise self.failure(args, result.stderr)
        return result.stdout

    def failure(self, args: Sequence[str], stderr: str) -> LabError:
        """Return the error that explains why kubectl with `args` failed with `stderr`."""
        hint = explain(args, stderr)
        kind = ClusterError if hint.cluster else ManifestError
        return kind(hint.problem, remedy=hint.remedy, detail=_distinct_lines(stderr))

    def stream(self, args: Sequence[str], *, stdin: str | None = None, out: TextIO | None = None) -> None:
        """Run kubectl and pass its output on line by line, as it comes.

        Interrupting (Ctrl-C, *Interrupt Kernel*) ends kubectl too and leaves nothing behind.

        Raises
        ------
        ManifestError
            If it failed; the message explains why.
        """
        code, errors = self._stream(args, stdin, out or sys.stdout)
        if code:
            raise self.failure(args, errors)
        # warnings of a command that succeeded are part of what a learner should see
        (out or sys.stdout).write(errors)

    def exit_code(self, args: Sequence[str], *, out: TextIO | None = None) -> int:
        """Run kubectl, pass on what it says, its complaints too, and return its exit code instead of failing."""
        code, errors = self._stream(args, None, out or sys.stdout)
        (out or sys.stdout).write(errors)
        return code

    def _stream(self, args: Sequence[str], stdin: str | None, out: TextIO) -> tuple[int, str]:
        """Run kubectl, pass its output on line by line, and return its exit code and what it wrote to stderr."""
        if set(args[:1]) & _NEED_A_TERMINAL or set(args) & {"-it", "-ti", "--tty"}:
            raise LabError(
                f"kubectl {shlex.join(args)} needs a terminal, which a notebook cell does not have.",
                remedy="change the file under work/manifests and %kubectl apply -f it, or use File > New > Terminal",
            )
        self.cwd.mkdir(parents=True, exist_ok=True)
        try:
            process = subprocess.Popen(
                self.command(args),
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=self.cwd,
                env=self.connection.environment(),
                # its own group: an interrupt reaches the kernel first, which then ends kubectl in good order
                start_new_session=True,
            )
        except FileNotFoundError as missing:
            raise self.connection.no_kubectl() from missing
        with process:
            errors = _converse(process, stdin, out)
        return process.returncode, errors


def _converse(process: subprocess.Popen[str], stdin: str | None, out: TextIO) -> str:
    """Feed a running kubectl, print what it says, end it whatever happens, and return what it wrote to stderr."""
    errors: list[str] = []
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("kubectl was started without pipes")
    # stderr is read beside stdout, or a full pipe would stop kubectl
    reader = threading.Thread(target=errors.extend, args=(process.stderr,), daemon=True)
    reader.start()
    try:
        if stdin is not None and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
                pipe.write(stdin)
        for line in process.stdout:
            out.write(line)
            out.flush()
        process.wait()
        reader.join()
    except BaseException:
        process.terminate()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
    return "".join(errors)


def _distinct_lines(text: str) -> str:
    """Return `text` without the lines that only repeat an earlier one but for numbers (client-go retries in threes)."""
    seen: dict[str, str] = {}
    for line in text.splitlines():
        key = "".join(character for character in line if not character.isdigit())
        seen.setdefault(key, line)
    return "\n".join(seen.values())


def words(line: str) -> list[str]:
    """Return the words of a command line, as a shell would part them.

    Raises
    ------
    LabError
        If a quotation mark is not closed.
    """
    try:
        # of None, shlex would read the standard input
        return shlex.split(str(line))
    except ValueError as wrong:
        raise LabError(
            f"kubectl {line} can't be parted into words ({wrong}).",
            remedy='write quotation marks in pairs: %kubectl get pods -l "app=hello,track=stable"',
        ) from wrong


def register(shell: InteractiveShell, kubectl: Kubectl, before: Callable[[], None]) -> None:
    """Make ``%kubectl`` and ``%%kubectl`` known to a notebook.

    Parameters
    ----------
    shell
        The notebook's IPython.
    kubectl
        What runs the command.
    before
        Called first each time; raises when this notebook may not change the lab now.
    """

    def magic(line: str, cell: str | None = None) -> None:
        """Run the real kubectl on the lab's cluster: ``%kubectl get pods``; in a cell, the rest is its input."""
        args = words(line)
        before()
        kubectl.stream(args, stdin=cell)

    shell.magics_manager.register_function(magic, magic_kind="line_cell", magic_name="kubectl")
