"""All reading from the cluster: one reflector per kind, one store, one lock, and a pulse that notices silence."""

from __future__ import annotations

import logging
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from labkit.api.client import Api, ApiError, why
from labkit.api.reflector import Reflector
from labkit.state import API_SERVER, KINDS, WATCH, Change, Snapshot, Step, Store
from labkit.state.step import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_LOG = logging.getLogger(__name__)

#: Seconds between two pulses, and how long one may take. A watch that hears nothing cannot tell a quiet cluster from a
#: dead one; the pulse can.
PULSE_INTERVAL = 2.0
PULSE_TIMEOUT = 3.0

_PATHS = {
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "ReplicaSet": "/apis/apps/v1/namespaces/{}/replicasets",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Service": "/api/v1/namespaces/{}/services",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices",
    "Event": "/api/v1/namespaces/{}/events",
}


class NotReachedError(TimeoutError):
    """A state was not reached in time; ``snapshot`` is the last one seen."""

    def __init__(self, timeout: float, snapshot: Snapshot) -> None:
        blind = f" ({snapshot.outdated})" if snapshot.outdated else ""
        super().__init__(f"not reached within {timeout:g} s{blind}")
        self.snapshot = snapshot


class Watch:
    """The live state of one namespace, and of the nodes.

    Parameters
    ----------
    kubeconfig
        The kubeconfig file; only read.
    context
        The context in it.
    namespace
        The namespace to follow.

    Examples
    --------
    >>> with Watch(kubeconfig, "kind-labkit", "lab") as watch:   # doctest: +SKIP
    ...     watch.wait_for(lambda s: len(s.pods("app=hello")) == 3, timeout=30)
    """

    def __init__(self, kubeconfig: Path, context: str, namespace: str) -> None:
        self.kubeconfig, self.context, self.namespace = kubeconfig, context, namespace
        self._store = Store(self._stepped)
        self._changed = threading.Condition(threading.RLock())
        self._callbacks: list[Callable[[Snapshot], None]] = []
        self._hearers: list[Callable[[Step, Snapshot], None]] = []
        self._ending = threading.Event()
        self._threads: list[Reflector] = []
        self._pulse: threading.Thread | None = None
        self._api: Api | None = None

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Begin to read; does nothing when it already does. Returns at once: see :meth:`synced`."""
        if self._threads:
            return self
        self._ending.clear()
        # Only the watch as such: each kind stays stale until it has been read anew.
        self._update(lambda: self._store.mark_fresh(WATCH, time.time()))
        self._api = api = Api(self.kubeconfig, self.context)
        # of the namespaces only ours: a list of one, because only lists can be watched
        ours = {"Namespace": {"fieldSelector": f"metadata.name={self.namespace}"}}
        self._threads = [
            Reflector(api, kind, _PATHS[kind].format(self.namespace), self, ours.get(kind)) for kind in KINDS
        ]
        self._pulse = threading.Thread(target=self._beat, args=(api,), name="labkit-watch-pulse", daemon=True)
        for thread in (*self._threads, self._pulse):
            thread.start()
        return self

    def stop(self, timeout: float = 2.0) -> None:
        """Stop reading and wait for the threads, at most ``timeout`` seconds. Safe to call twice."""
        self._ending.set()
        for reflector in self._threads:
            reflector.end()
        if self._api is not None:
            self._api.close()
        deadline = time.monotonic() + timeout
        running = [*self._threads, *([self._pulse] if self._pulse else [])]
        for thread in running:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        self._threads, self._pulse, self._api = [], None, None
        if running:
            # What is on a board now stays there, and is no longer the present.
            self._update(lambda: self._store.mark_all_stale(WATCH, "stopped", time.time()))

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    # -- reading -------------------------------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """The latest snapshot."""
        return self._store.snapshot

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Have every new snapshot passed to a function, and return the function that ends this.

        It is called on the thread that read the change, one at a time and in order; it must return quickly.
        """
        with self._changed:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._changed:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe

    def hear(self, callback: Callable[[Step, Snapshot], None]) -> Callable[[], None]:
        """Have every step passed to a function, with the snapshot after it, and return the function that ends this.

        The first step that it hears, before this returns, is all that there is now: so nothing is missed. It is called
        as :meth:`subscribe` says, and before those who subscribed.
        """
        with self._changed:
            callback(whole(self.snapshot), self.snapshot)
            self._hearers.append(callback)

        def end() -> None:
            with self._changed:
                if callback in self._hearers:
                    self._hearers.remove(callback)

        return end

    def wait_for(self, predicate: Callable[[Snapshot], bool], timeout: float) -> Snapshot:
        """Wait until the cluster is in a state, and return the snapshot that is.

        Parameters
        ----------
        predicate
            Tells whether a snapshot is in that state. It is not asked while any kind is stale: a wait must not end on
            what may be over.
        timeout
            Seconds.

        Raises
        ------
        NotReachedError
            A ``TimeoutError`` whose ``snapshot`` is the last one.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                snapshot = self._store.snapshot
                if not snapshot.outdated and predicate(snapshot):
                    return snapshot
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NotReachedError(timeout, snapshot)
                self._changed.wait(left)

    def synced(self, timeout: float = 15.0) -> Snapshot:
        """Wait until every kind has been read (or is one that we can do without); raises as :meth:`wait_for` does."""
        return self.wait_for(lambda _: True, timeout)

    # -- what the reflectors call --------------------------------------------------------------------------------------

    def listed(self, kind: str, objects: list[dict[str, Any]]) -> None:
        """Take a whole list of a kind, which is the present again."""
        self._update(lambda: self._store.replace(kind, objects, time.time()))

    def changed(self, kind: str, change: str, obj: dict[str, Any]) -> None:
        """Take one change."""
        self._update(lambda: self._store.apply(Change(kind, change, obj, time.time())))

    def failed(self, kind: str, reason: str) -> None:
        """Note that a kind cannot be read just now."""
        self._update(lambda: self._store.mark_stale(kind, reason, time.time()))

    def denied(self, kind: str, reason: str) -> None:
        """Note that we may not read a kind."""
        self._update(lambda: self._store.mark_denied(kind, reason, time.time()))

    def _stepped(self, step: Step, after: Snapshot) -> None:
        _tell(self._hearers, step, after)

    def _update(self, step: Callable[[], Snapshot]) -> None:
        """Do one step of the store and tell everybody, if it made a new snapshot."""
        with self._changed:
            before = self._store.snapshot
            after = step()
            if after is before:
                return
            self._changed.notify_all()
            _tell(self._callbacks, after)

    # -- the pulse -----------------------------------------------------------------------------------------------------

    def _beat(self, api: Api) -> None:
        missed = False
        while not self._ending.wait(PULSE_INTERVAL):
            silence = _silence(api)
            if self._ending.is_set():
                return
            if silence:
                self._lose_touch(silence)
            elif missed:
                self._regain_touch()
            missed = bool(silence)

    def _lose_touch(self, reason: str) -> None:
        """Make all stale: whatever is on its way now may be old."""
        for thread in self._threads:
            thread.cut()
        self._update(lambda: self._store.mark_all_stale(API_SERVER, reason, time.time()))

    def _regain_touch(self) -> None:
        """Have all that is stale read anew: connections from before the silence may be dead without knowing it."""
        for thread in self._threads:
            if thread.kind in self.snapshot.stale_kinds:
                thread.hurry()
        self._update(lambda: self._store.mark_fresh(API_SERVER, time.time()))


def _tell(callbacks: Sequence[Callable[..., None]], *what: object) -> None:
    for callback in tuple(callbacks):
        try:
            callback(*what)
        except Exception:  # noqa: BLE001 - one broken reader must not blind the others
            _LOG.exception("a subscriber of the watch failed")


def _silence(api: Api) -> str:
    """Return why the server does not answer, or nothing when it does."""
    try:
        api.open("/readyz", read_timeout=PULSE_TIMEOUT).release_conn()
    except ApiError as error:
        # It answers: not our business whether it may tell us how it is.
        return str(error) if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
    except Exception as error:  # noqa: BLE001 - no pulse is no pulse
        return why(error)
    return ""
