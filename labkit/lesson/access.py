"""What the lesson reaches the learner's cluster and files by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.app.frontdoor import FrontDoor
    from labkit.lesson.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Access:
    """kubectl on the learner's namespace, the app's front door, and the working copy."""

    kubectl: Kubectl
    door: FrontDoor
    workspace: Workspace
