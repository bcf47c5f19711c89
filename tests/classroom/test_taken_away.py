"""A class is taken away, and nothing else; nothing can come after this."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.classroom.school import CLASS

if TYPE_CHECKING:
    from tests.classroom.school import School

pytestmark = pytest.mark.cluster


def test_down_takes_the_class_and_nothing_else(school: School) -> None:
    mine = f"mine-{os.getpid()}"
    school.kubectl("create", "clusterrole", "labkit-class-theirs", "--verb=get", "--resource=pods")
    school.kubectl("create", "namespace", mine)
    school.kubectl("label", "namespace", mine, "app.kubernetes.io/managed-by=labkit")
    try:
        said = school.labkit("down")
        assert "The class is gone" in said
        # the certificate that its instructor gave it (test_class.py), and what it stands in
        assert "stays what the class did not make: Secret proxy-tls" in said
        made = "secrets,deployments,pods,services,persistentvolumeclaims,roles,rolebindings,networkpolicies"
        assert school.kubectl("get", made, "-n", CLASS, "-o", "name").split() == ["secret/proxy-tls"]
        left = school.kubectl("get", "clusterroles,clusterrolebindings,pv,namespaces,priorityclasses", "-o", "name")
        guards = school.kubectl("get", "validatingadmissionpolicies,validatingadmissionpolicybindings", "-o", "name")
        found = [each for each in (left + guards).split() if "labkit-class" in each or "/lab-" in each]
        assert found == ["clusterrole.rbac.authorization.k8s.io/labkit-class-theirs", f"namespace/{CLASS}"]
        assert f"namespace/{mine}" in left
        assert school.kubectl("get", "nodes", "-l", "labkit.dev/desk", "-o", "name") == ""
        assert "There was no class" in school.labkit("down")
        assert "There is no class on cluster" in school.labkit("status", code=1)
        school.kubectl("delete", "secret", "proxy-tls", "-n", CLASS)
    finally:
        school.kubectl("delete", "clusterrole", "labkit-class-theirs")
        school.kubectl("delete", "namespace", mine, "--wait=false")
