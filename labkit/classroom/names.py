"""What everything of a class is named. Pure."""

from __future__ import annotations

from labkit import in_class

#: Where hub, proxy and notebooks live.
NAMESPACE = "labkit-class"
#: On the namespaces of the learners' labs: which the class's guards look after.
LAB_LABEL = "labkit.dev/lab"
#: On what belongs to one learner: who.
LEARNER_LABEL = "labkit.dev/learner"

#: What stands before a learner's name in the names of what is theirs.
LAB, ACCOUNT, HOME, NOTEBOOK = in_class.LAB, "learner-", "home-", "notebook-"

#: Services, and the Deployments behind them. The first three are named as the Zero to JupyterHub chart names them.
HUB, PROXY_API, PROXY_PUBLIC, PROXY = "hub", "proxy-api", "proxy-public", "proxy"
HUB_PORT, PROXY_API_PORT, PROXY_PORT, NOTEBOOK_PORT, STATUS_PORT = 8081, 8001, 8000, 8888, 10101

#: The hub's volume, and its ConfigMap.
HUB_VOLUME, HUB_CONFIG = "hub-state", "hub-config"

#: Secrets in the class's namespace. They are made in the cluster (``labkit class up``), never rendered.
HUB_SECRET, PASSWORDS_SECRET = "hub", "passwords"
#: Where the class is its own authority: that one's key and certificate, and those of the proxy.
AUTHORITY_SECRET, CERTIFICATE_SECRET = "authority", "proxy-certificate"
#: Keys of a certificate's, as `kubectl create secret tls` names them.
TLS_KEY, TLS_CERTIFICATE = "tls.key", "tls.crt"
#: Keys of the hub's.
PROXY_TOKEN, COOKIE_SECRET, INSTRUCTOR_TOKEN = "proxy-token", "cookie-secret", "instructor-token"

#: The ConfigMap with the values that the class was set up with, and its key.
VALUES, VALUES_KEY = "class", "values.json"

#: The priority of hub, proxy and notebooks.
PRIORITY = "labkit-class"
#: The storage class of volumes that are folders on the desk's disk.
LOCAL_STORAGE = "labkit-class"
#: Where these folders are.
LOCAL_FOLDER = "/var/lib/labkit-class"


def lab(learner: str) -> str:
    """Return the namespace of a learner's lab."""
    return f"{LAB}{learner}"


def account(learner: str) -> str:
    """Return the ServiceAccount of a learner's notebook, in the class's namespace."""
    return f"{ACCOUNT}{learner}"


def home(learner: str) -> str:
    """Return the volume claim of a learner's files, in the class's namespace."""
    return f"{HOME}{learner}"
