"""What the unit tests have in common."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.unit import shared

# The same examples on every machine and every day, however slow: a test fails for what was changed, or not at all.
# Hypothesis does not explain what it found: that takes a minute where an example takes some 100 ms.
settings.register_profile(
    "same",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def _shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Say where the processes of this run share what they make: above the folders that each has for itself."""
    if hasattr(request.config, "workerinput"):
        shared.Folder.path = tmp_path_factory.getbasetemp().parent


def pytest_collection_finish() -> None:
    """Leave all that was imported out of each garbage collection from now on: it stays to the end."""
    gc.collect()
    gc.freeze()
