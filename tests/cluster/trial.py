"""One step of the lesson, tried on the cluster in a namespace of its own, without a notebook."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from labkit.app.frontdoor import FrontDoor
from labkit.lesson import creation, doing, notebooks, wording
from labkit.lesson.access import Access
from labkit.lesson.gathering import Gatherer
from labkit.lesson.predictions.known import prediction
from labkit.lesson.steps.known import step
from labkit.lesson.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.api.kubectl import Kubectl
    from labkit.lesson.predictions.prediction import Observed
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.verdict import Verdict
    from labkit.lesson.wording import Cause
    from labkit.recording.source import Source


class Trial:
    """A step, and what is seen of it.

    Parameters
    ----------
    key
        Which.
    kubectl
        On a fresh namespace, in a working copy of its own.
    source
        A recording of that namespace, which grows.
    apps
        The apps of the notebook's start that are made; all of them when not given. The front door has one port in the
        whole cluster, so only tests that run alone make frontend's Service.
    """

    def __init__(self, key: str, kubectl: Kubectl, source: Source, apps: Iterable[str] | None = None) -> None:
        self.step = step(key)
        self.words = wording.of_step(self.step.key, self.step.notebook)
        self.kubectl, self.source = kubectl, source
        self.start = notebooks.start_of(self.step.notebook)
        self.workspace = Workspace(kubectl.cwd)
        self.workspace.reset(self.start.edits)
        door = FrontDoor(kubectl.connection.front_door, kubectl.connection.secrets.tls_crt)
        self.access = Access(kubectl, door, self.workspace)
        self.gatherer = Gatherer(self.step.questions, source, self.access, time.time())
        chosen = self.start.apps if apps is None else tuple(apps)
        name = kubectl.connection.namespace
        if self.start.configmap and "frontend" in chosen:
            conf = self.workspace.root / "nginx/frontend.conf"
            creation.create_configmap(kubectl.api, name, "nginx-frontend-conf", conf)
        for app in chosen:
            for path in (f"manifests/{app}.yaml", f"manifests/services/{app}.yaml"):
                creation.create(kubectl.api, name, self.workspace.root, path, save_config=self.start.save_config)
        for app in chosen:
            if app != "frontend" or self.start.configmap:
                kubectl.run("rollout", "status", f"deployment/{app}", "--timeout=60s")

    def set_up(self) -> Verdict:
        """Bring the notebook's start to where the step begins, and let it begin."""
        self.do(self.step.setup(self.gatherer.gather(afresh=True)))
        return self.begin()

    def begin(self) -> Verdict:
        """Let the step begin now."""
        self.gatherer.since = time.time()
        return self.look()

    def do(self, acts: tuple[Act, ...]) -> None:
        """Do acts."""
        doing.perform(acts, self.access, self.gatherer, waits=self.words.waits)

    def solve(self) -> Verdict:
        """Do what "show me" does."""
        self.do(self.step.solve(self.gatherer.gather(afresh=True)))
        return self.look()

    def reset(self) -> Verdict:
        """Do what "start over" does."""
        self.do(self.step.reset(self.gatherer.gather(afresh=True)))
        return self.begin()

    def run(self, *words: str, stdin: str | None = None) -> str:
        """Run kubectl as a learner would."""
        return self.kubectl.run(*words, stdin=stdin)

    def look(self) -> Verdict:
        """Return what the check says now; every verdict has its words."""
        verdict = self.step.look(self.gatherer.gather(afresh=True))
        self.said(verdict)
        return verdict

    def said(self, verdict: Verdict) -> Cause:
        """Return what is said of a verdict."""
        return wording.said(self.words, verdict)

    def until(self, *causes: str, seconds: float = 60.0) -> Verdict:
        """Wait until the check says one of these causes, and return the verdict."""
        deadline = time.monotonic() + seconds
        # each look that has a question starts kubectl, and others have the machine as well
        pause = 0.5 if self.step.questions else 0.1
        while (verdict := self.look()).cause not in causes:
            assert time.monotonic() < deadline, f"{verdict} after {seconds:.0f} s, and not {' or '.join(causes)}"
            time.sleep(pause)
        return verdict

    def observed(self, key: str, *, seconds: float = 60.0) -> Observed:
        """Wait until a prediction's answer has happened since the step began, and return it; it has its words."""
        asked = prediction(key)
        gatherer = Gatherer(asked.questions, self.source, self.access, self.gatherer.since)
        deadline = time.monotonic() + seconds
        while (seen := asked.observe(gatherer.gather())) is None:
            assert time.monotonic() < deadline, f"{key} was not answered after {seconds:.0f} s"
            time.sleep(0.1)
        words = wording.of_prediction(key, asked.notebook)
        assert wording.fill(words.happened[seen.choice], seen.facts)
        assert wording.fill(words.why[seen.choice], seen.facts)
        return seen
