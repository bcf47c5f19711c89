"""Errors that are part of the lesson: what was wrong, with the value, and what to do next."""

from __future__ import annotations


class LabError(Exception):
    """Something a person can cause or meet, told without a traceback.

    Parameters
    ----------
    problem
        One sentence that says what was wrong, with the value: ``port 30443 on 127.0.0.1 is taken by pid 4711``.
    remedy
        The next command to run, or what to do: ``labkit up``.
    detail
        What else helps to understand it, such as a tool's own last lines.
    """

    def __init__(self, problem: str, *, remedy: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.detail = detail

    def __str__(self) -> str:
        """Return the whole message as plain text."""
        lines = [self.problem]
        if self.detail:
            lines += ["", *(f"    {line}" for line in self.detail.strip().splitlines()), ""]
        lines.append(f"Next: {self.remedy}")
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show the message in place of a traceback.

        IPython calls this on any exception that has it (``InteractiveShell.showtraceback``); the cell still counts as
        failed, so *Run All* stops and nbval sees it.
        """
        return str(self).splitlines()


class EngineError(LabError):
    """The container engine is missing, stopped, too old or not ours to use."""


class ClusterError(LabError):
    """The cluster is missing, stopped, foreign, or does not answer."""


class BuildError(LabError):
    """An image or a tool could not be built or had."""


class RateLimitedError(BuildError):
    """A container registry is there, but has had too many requests for now."""


class ManifestError(LabError):
    """A manifest or a kubectl command that Kubernetes refuses."""


class WaitTimeoutError(LabError):
    """The cluster did not reach a state in time; the detail says what it still waits for."""


class TakenOverError(LabError):
    """Another notebook has the lab now."""
