"""The waits of a notebook: each ends in one printed fact, or in an error that says what stood in the way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from labkit.board.picture import words
from labkit.errors import LabError, WaitTimeoutError
from labkit.explain import diagnosis
from labkit.notebook import values
from labkit.notebook.wait_loop import ProgressLine, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.api.kubectl import Kubectl
    from labkit.api.watch import Watch
    from labkit.state import Snapshot


class Waits:
    """What a notebook can wait for."""

    watch: Watch
    kubectl: Kubectl

    def wait_ready(self, name: str, replicas: int | None = None, *, timeout: float = 90.0) -> None:
        """Wait until a Deployment's current state is its desired state, and print the fact.

        Parameters
        ----------
        name
            The Deployment.
        replicas
            How many replicas must be desired; any number when it is not given.
        timeout
            Seconds.

        Raises
        ------
        WaitTimeoutError
            If it does not get there; the message says what each pod waits for.
        LabError
            At once, if there is no such Deployment or another number of replicas is desired.
        """
        generation = self._generation(name, replicas)

        def there(snapshot: Snapshot) -> bool:
            found = snapshot.deployment(name)
            return (
                found is not None
                and found.observed_generation >= generation
                and (replicas is None or found.desired == replicas)
                and diagnosis.fulfilled(snapshot, found)
            )

        want = f"{replicas} ready" if replicas is not None else "ready"
        snapshot = self._wait(there, f"{name} to be {want}", name, timeout)
        found = snapshot.deployment(name)
        if found is not None:
            nodes = len(diagnosis.spread(snapshot, found))
            print(f"{name}: {found.ready}/{found.desired} ready on {nodes} node{'' if nodes == 1 else 's'}")

    def wait_event(self, name: str, reason: str, *, timeout: float = 60.0) -> None:
        """Wait until Kubernetes has told `reason` of one of a Deployment's pods, and print what it said.

        Raises
        ------
        WaitTimeoutError
            If it does not happen in `timeout` seconds.
        """

        def told(snapshot: Snapshot) -> list[str]:
            found = snapshot.deployment(name)
            pods = diagnosis.pods_of(snapshot, found) if found else []
            events = [event for pod in pods for event in snapshot.events_of(pod) if event.reason == reason]
            return [event.message for event in events if diagnosis.tells(event.message)]

        snapshot = self._wait(lambda each: bool(told(each)), f"the event {reason} of {name}", name, timeout)
        print(f"{reason}: {told(snapshot)[-1]}")

    def wait_status(self, name: str, *statuses: str, pods: int = 1, timeout: float = 60.0) -> None:
        """Wait until so many `pods` of a Deployment show one of `statuses` in kubectl's STATUS column."""
        print(self._wait_status(name, statuses, pods, timeout))

    def _wait_status(self, name: str, statuses: tuple[str, ...], pods: int = 1, timeout: float = 60.0) -> str:
        """Wait for a status and return what was waited for, in words."""

        def shown(snapshot: Snapshot) -> bool:
            found = snapshot.deployment(name)
            return found is not None and pods <= sum(
                pod.status in statuses for pod in diagnosis.pods_of(snapshot, found) if not pod.terminating
            )

        what = f"{pods} pod{'' if pods == 1 else 's'} of {name} with status {' or '.join(statuses)}"
        self._wait(shown, what, name, timeout)
        return what

    def wait_node(self, node: str, *, ready: bool, timeout: float = 90.0) -> None:
        """Wait until the cluster thinks that a node is Ready, or that it is not, and print the fact.

        One that comes back is Ready a moment before its taint is gone and its kubelet has told of its pods: that is
        waited for too.
        """

        def thinks(snapshot: Snapshot) -> bool:
            found = snapshot.node(node)
            return found is not None and found.ready == ready and not (ready and words.coming_back(snapshot, found))

        word = "Ready" if ready else "NotReady"
        self._wait(thinks, f"node {node} to be {word}", "", timeout)
        print(f"node {node}: {word}")

    def wait_settled(self, name: str, *, timeout: float = 60.0) -> None:
        """Wait until no Pod of a Deployment is Terminating any more, and print the fact."""

        def settled(snapshot: Snapshot) -> bool:
            found = snapshot.deployment(name)
            return found is not None and not any(pod.terminating for pod in snapshot.pods_of(found))

        self._wait(settled, f"the old Pods of {name} to be gone", name, timeout)
        print(f"{name}: the old Pods are gone")

    def wait_receiving(self, service: str, pods: int, *, timeout: float = 60.0) -> None:
        """Wait until so many `pods` receive the requests of a Service, as its EndpointSlices say; print the fact."""

        def receive(snapshot: Snapshot) -> bool:
            endpoints = {
                endpoint.pod_uid
                for each in snapshot.endpoint_slices()
                if each.service == service
                for endpoint in each.endpoints
                if endpoint.ready
            }
            return len(endpoints) == pods

        word = "Pod receives" if pods == 1 else "Pods receive"
        self._wait(receive, f"{pods} {word} the requests of Service {service}", service, timeout)
        print(f"Service {service}: {pods} {word} its requests")

    def wait_file(self, name: str, path: str, text: str, *, timeout: float = 150.0) -> None:
        """Wait until a file in a Deployment's Pod says something, and print the fact.

        The Pod is asked every second or two: what is in its files, the cluster does not tell.

        Parameters
        ----------
        name
            The Deployment.
        path
            The file, as its container knows it.
        text
            What must stand in it.
        timeout
            Seconds.

        Raises
        ------
        WaitTimeoutError
            If it does not say so in time; the message has what it says.
        LabError
            At once, if that is no name, or `timeout` is no number of seconds.
        """
        values.name(name, "Deployment", 'lab.wait_file("reader", "/by-volume/greeting", "Good evening")')
        values.number(timeout, "number of seconds to wait", "a number from 0 on, such as timeout=60", least=0)
        begin = time.monotonic()
        command = ("exec", f"deployment/{name}", "--pod-running-timeout=1s", "--", "cat", path)
        with ProgressLine() as line:
            while text not in (said := self.kubectl.try_run(*command)).stdout:
                spent, now = time.monotonic() - begin, (said.stdout or said.stderr).strip()
                if spent >= timeout:
                    raise WaitTimeoutError(
                        f"Waited {timeout:.0f} s for {path} in the Pod of {name} to say {text!r}, in vain.",
                        remedy=f"%kubectl exec deployment/{name} -- cat {path}",
                        detail=now,
                    )
                first = now.partition("\n")[0]
                line.show(f"{spent:3.0f} s · waiting for {path} in the Pod of {name} to say {text!r} · now: {first}")
                time.sleep(1.0)
        print(f"{name}: {path} says {text}")

    def why(self, name: str) -> None:
        """Print why a Deployment is not where it should be: each pod that is not ready, and the reason."""
        print(diagnosis.why(self.watch.snapshot, name))

    def _wait(self, predicate: Callable[[Snapshot], bool], what: str, name: str, timeout: float) -> Snapshot:
        def explain(snapshot: Snapshot) -> str:
            return diagnosis.why(snapshot, name) if name else ""

        def brief(snapshot: Snapshot) -> str:
            return diagnosis.progress(snapshot, name) if name else ""

        remedy = f"%kubectl describe deployment {name}" if name else "%kubectl get nodes"
        return wait(self.watch, predicate, what=what, timeout=timeout, explain=explain, brief=brief, remedy=remedy)

    def _generation(self, name: str, replicas: int | None) -> int:
        """Return the Deployment's generation as the API server has it now: the watch may not have seen it yet.

        Raises
        ------
        LabError
            At once, when waiting would be in vain: there is no such Deployment, or another number is desired.
        """
        values.name(name, "Deployment", 'lab.wait_ready("hello")')
        if replicas is not None:
            values.number(replicas, "number of replicas", f'lab.wait_ready("{name}", 3)', least=0)
        path = "jsonpath={.metadata.generation} {.spec.replicas}"
        found = self.kubectl.run("get", "deployment", name, "-o", path, "--ignore-not-found").split()
        if not found:
            raise LabError(diagnosis.why(self.watch.snapshot, name), remedy=f"%kubectl create -f manifests/{name}.yaml")
        generation, desired = int(found[0]), int(found[1])
        if replicas is not None and desired != replicas:
            raise LabError(
                f"{name} has {desired} desired replicas, and at this point of the lesson it should have {replicas}.",
                remedy=f"write replicas: {replicas} in manifests/{name}.yaml, then %kubectl apply -f it",
            )
        return generation
