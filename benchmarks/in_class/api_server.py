"""What the API server says of itself: watches that are open on it, and the size of what etcd keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.api.client import Api

_WATCHES, _SIZE = "apiserver_longrunning_requests", "apiserver_storage_size_bytes"


@dataclass(frozen=True, slots=True)
class ApiServer:
    """An API server at one time.

    Attributes
    ----------
    watches
        Those that are open: resource → how many.
    stored
        Bytes of etcd's database.
    """

    watches: Counter[str]
    stored: float


def read(api: Api) -> ApiServer:
    """Ask an API server."""
    return parsed(api.open("/metrics", read_timeout=30.0).data.decode().splitlines())


def parsed(lines: Iterable[str]) -> ApiServer:
    """Return what an API server's metrics say (pure).

    Parameters
    ----------
    lines
        Prometheus' text format; of its many thousand lines only ours are read.
    """
    ours = "\n".join(line for line in lines if line.startswith((_WATCHES, _SIZE)))
    watches: Counter[str] = Counter()
    stored = 0.0
    for family in text_string_to_metric_families(ours + "\n"):
        for sample in family.samples:
            if sample.name == _SIZE:
                stored += sample.value
            elif sample.labels.get("verb") == "WATCH" and sample.value:
                watches[sample.labels["resource"]] += int(sample.value)
    return ApiServer(watches, stored)
