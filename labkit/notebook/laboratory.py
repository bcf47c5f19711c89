"""The laboratory: one app, one client, several ways to replace the app's Pods, and what the recording says of each."""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.explain import diagnosis
from labkit.lesson import ways, wording
from labkit.lesson.workspace import difference
from labkit.notebook.wait_loop import ProgressLine
from labkit.recording.replacement import replacement

# The pictures are imported by what needs them: a notebook's first cell does not.
if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.api.kubectl import Kubectl
    from labkit.api.watch import Watch
    from labkit.app.traffic import SteadyClient
    from labkit.board.lanes import Lane
    from labkit.board.side_by_side import SideBySide
    from labkit.lesson.access import Access
    from labkit.lesson.ways import Way
    from labkit.lesson.workspace import Workspace
    from labkit.recording.replacement import Replacement
    from labkit.recording.source import Source
    from labkit.state import Snapshot

#: Seconds of requests before the change, so that one sees how it was.
LEAD = 1.5
#: Seconds that a rollout may take until it is complete and its old Pods are gone, and Pods until they are Ready.
PATIENCE = 90.0
_PAUSE = 0.05
#: What is printed of a way: the same on every run.
_LOST, _NONE_LOST = "→ requests were lost", "→ no request was lost"
_CHANCE = "→ what became of the requests: see the picture; it is a matter of milliseconds"


class Laboratory:
    """What a notebook can try in the laboratory."""

    watch: Watch
    kubectl: Kubectl
    workspace: Workspace
    recording: Source
    _client: SteadyClient | None
    #: way → from when to when it was tried last, in seconds since the epoch
    _tried: dict[str, tuple[float, float]]

    def check_holder(self) -> None:
        """Return if this notebook still has the lab; raises otherwise."""
        raise NotImplementedError

    @property
    def _access(self) -> Access:
        """The learner's cluster and files."""
        raise NotImplementedError

    def _wait(self, predicate: Callable[[Snapshot], bool], what: str, name: str, timeout: float) -> Snapshot:
        """Wait until something is true of the cluster."""
        raise NotImplementedError

    def traffic(self, rate: float = 20.0, *, for_at_most: float | None = None) -> SteadyClient:
        """Start a steady client that asks through the front door, until ``.stop()``."""
        raise NotImplementedError

    def try_ways(self, *keys: str) -> None:
        """Try ways to replace hello's Pods, one after the other, each under a client of its own; print what came of it.

        Each begins with three new Pods of 1.0.0, and 2.0.0 is applied. It is over when the rollout is complete and the
        old Pods are gone.

        Parameters
        ----------
        keys
            Names of ways: ``"1/1"``, ``"recreate"``; ``"mine"`` is your own file, ``manifests/hello.yaml``.

        Raises
        ------
        LabError
            If there is no such way, kubectl refuses its file, or it does not come to its end.
        """
        chosen = [ways.way(key) for key in keys or ("",)]
        self.check_holder()
        for each in chosen:
            self._try(each)

    def prepare(self, key: str) -> None:
        """Bring hello to where a way begins, three new Pods of 1.0.0, and what it applies into your file; print it.

        Nothing is applied. What you wrote yourself in ``manifests/hello.yaml`` is kept aside.

        Parameters
        ----------
        key
            The name of a way.

        Raises
        ------
        LabError
            If there is no such way, or three Pods do not come.
        """
        from labkit.lesson import doing, preparing  # noqa: PLC0415 - see the head of the module
        from labkit.lesson.gathering import Gatherer  # noqa: PLC0415 - likewise

        chosen = ways.way(key)
        self.check_holder()
        gatherer = Gatherer((), self.recording, self._access, time.time())
        with ProgressLine() as line:
            line.show(f"{chosen.key}: three new Pods of {ways.OLD} …")

            def say(said: str, *, waiting: bool = False) -> None:
                del waiting  # one line shows either
                line.show(said.splitlines()[0] if said else "")

            doing.perform(preparing.acts(chosen), self._access, gatherer, say=say, waits=preparing.WAITS)
        base = ways.base(self.workspace.originals()[ways.FILE])
        print(difference(ways.FILE, base, self.workspace.read(ways.FILE)))
        print(f"{ways.APP}: three new Pods of {ways.OLD} run, and the file is not applied.")

    def compare(self) -> SideBySide:
        """Return the ways that were tried so far side by side: a picture, and by ``.table()`` a table.

        Raises
        ------
        LabError
            If none was tried.
        """
        from labkit.board.side_by_side import SideBySide  # noqa: PLC0415 - see the head of the module

        if not self._tried:
            raise LabError("No way has been tried yet, so there is nothing to compare.", remedy='lab.try_ways("1/1")')
        return SideBySide([self._lane(key) for key in ways.WAYS if key in self._tried])

    # --- inside --------------------------------------------------------------------------------------------------

    def _try(self, chosen: Way) -> None:
        base = ways.base(self.workspace.originals()[ways.FILE])
        first, then = ways.manifests(chosen, base, self.workspace.read(ways.FILE))
        with ProgressLine() as line:
            line.show(f"{chosen.key}: three new Pods of {ways.OLD} …")
            # what is refused should be so before the Deployment that there is has been deleted for it
            self._hand_in(first, "apply", "--dry-run=server")
            self._begin_with(first, chosen)
            client = self.traffic(ways.RATE, for_at_most=2 * PATIENCE)
            try:
                time.sleep(LEAD)
                line.show(f"{chosen.key}: {ways.NEW} is applied …")
                begin = time.time()
                self._hand_in(then, "apply")
                what = f"{chosen.key} to be over, and its old Pods to be gone"
                self._wait(lambda snapshot: _over(snapshot, begin), what, ways.APP, PATIENCE)
                end = time.time()
                _let_answer(client, end)
            finally:
                client.stop()
        self._tried[chosen.key] = (begin, end)
        print(_typed(chosen, base, first, then))
        print(_CHANCE if chosen.chance else _LOST if self._replacement(chosen.key).lost else _NONE_LOST)

    def _begin_with(self, manifest: str, chosen: Way) -> None:
        """Make hello anew, and wait until three Pods receive requests and nobody asks those that were there before."""
        snapshot = self.watch.snapshot
        before = [pod.name for pod in snapshot.pods(f"app={ways.APP}")]
        replaced = snapshot.deployment(ways.APP)
        self._hand_in(manifest, "replace", "--force", "--save-config")
        if before:  # nobody asks them any more: their preStop need not be waited for
            flags = ("--grace-period=1", "--wait=false", "--ignore-not-found")
            self.kubectl.run("delete", "pods", *before, *flags)

        def there(snapshot: Snapshot) -> bool:
            found = snapshot.deployment(ways.APP)
            return (
                found is not None
                and (replaced is None or found.uid != replaced.uid)
                and diagnosis.fulfilled(snapshot, found)
                and {pod.uid for pod in snapshot.pods_of(found)} == snapshot.receiving(ways.APP)
            )

        self._wait(there, f"three new Pods of {ways.OLD} for {chosen.key}", ways.APP, PATIENCE)

    def _hand_in(self, manifest: str, *words: str) -> None:
        """Have kubectl take a manifest; where it is refused, the learner is told of the file that it was made of."""
        done = self.kubectl.try_run(*words, "-f", "-", stdin=manifest)
        if done.code:
            raise self.kubectl.failure((*words, "-f", ways.FILE), done.stderr)

    def _lane(self, key: str) -> Lane:
        from labkit.board.lanes import Lane  # noqa: PLC0415 - see the head of the module

        words = wording.of_way(key, ways.NOTEBOOK)
        return Lane(self._replacement(key), words.title, words.what)

    def _replacement(self, key: str) -> Replacement:
        begin, end = self._tried[key]
        timeline = self.recording.timeline
        before = timeline.at(begin - LEAD)
        return replacement(
            key,
            ways.APP,
            [before, *timeline.between(begin - LEAD, end)],
            self.recording.requests.between(begin - LEAD, end),
            begin=begin,
            end=end,
        )


def _over(snapshot: Snapshot, begin: float) -> bool:
    """Whether a rollout that began then is complete, and the old Pods are gone."""
    found = snapshot.deployment(ways.APP)
    return (
        found is not None
        and snapshot.at > begin
        and found.generation > 1
        and found.complete
        and not any(pod.terminating for pod in snapshot.pods_of(found))
    )


def _let_answer(client: SteadyClient, end: float) -> None:
    """Wait until the requests that were due before `end` are over: answered, or lost."""
    while client.running and any(due <= end for due in client.under_way):
        time.sleep(_PAUSE)


def _typed(chosen: Way, base: str, first: str, then: str) -> str:
    """Return what was done, as one would do it by hand: what is changed in the file, and the commands."""
    made = [difference(ways.FILE, base, first)] if first != base else []
    return "\n".join(
        [
            f"--- {chosen.key} ---",
            *made,
            "kubectl replace --force -f -",
            difference(ways.FILE, first, then),
            "kubectl apply -f -",
        ]
    )
