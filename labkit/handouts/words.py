"""What the handouts say of themselves."""

TITLE = "Kubernetes Deployments, live"
SUBTITLE = "Handouts to the lab: desired state, scaling, self-healing, rolling updates"
NOTE = (
    "Every command and every output in these pages comes from a real run on a real cluster: one control plane and "
    "three workers. Names that Kubernetes makes up, such as a Pod's last letters, will be others on yours."
)
