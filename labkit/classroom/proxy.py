"""The proxy: what browsers talk to, and what passes them on to the hub or to a learner's notebook. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.classroom import names
from labkit.classroom.desk import closed, deployment, service
from labkit.classroom.hub import from_secret
from labkit.classroom.objects import Object, image

if TYPE_CHECKING:
    from labkit.classroom.values import Values

#: The Service's ports; the Pod's own are others, which take no rights.
_HTTP, _HTTPS = 80, 443
_TLS_PORT = 8443
_TLS_FOLDER = "/etc/chp/tls"
#: What tells a certificate from others, on the proxy's Pod.
_MARK = "labkit.dev/certificate"


def manifests(values: Values, mark: str = "") -> list[Object]:
    """Return the proxy's objects.

    Parameters
    ----------
    values
        The class's.
    mark
        What tells the certificate from others that the proxy is to show: with another one it starts anew.
    """
    api = [{"name": "api", "port": names.PROXY_API_PORT, "targetPort": "api"}]
    doors: dict[int | str, tuple[str, ...]] = {"http": (), "api": (names.HUB,)}
    if certificate_of(values):
        doors["https"] = ()
        if not _https_port(values):
            del doors["http"]
    return [
        _deployment(values, mark),
        service(names.PROXY_API, names.PROXY, api),
        _public(values),
        closed(names.PROXY, doors),
    ]


def entrance(values: Values) -> tuple[int, str]:
    """Return the port of the proxy's Pod at which browsers come in, and their scheme there, ``http`` or ``https``."""
    return (_TLS_PORT, "https") if certificate_of(values) else (names.PROXY_PORT, "http")


def public_port(values: Values) -> int:
    """Return a port of the proxy's Service that it has for sure."""
    return _HTTPS if values.settings["proxy"]["https"]["enabled"] else _HTTP


def certificate_of(values: Values) -> str:
    """Return whose certificate the proxy shows: ``authority`` or ``secret``; empty where it speaks no TLS itself."""
    said = values.settings["proxy"]["https"]
    return str(said["type"]) if said["enabled"] and said["type"] != "offload" else ""


def hosts_of(values: Values) -> list[str]:
    """Return the names and addresses that the values have for the class."""
    return list(values.settings["proxy"]["https"]["hosts"])


def secret_of(values: Values) -> tuple[str, str, str]:
    """Return the Secret with the proxy's certificate, and its keys: of the private key, and of the certificate."""
    said = values.settings["proxy"]["https"]
    if said["type"] == "authority":
        return names.CERTIFICATE_SECRET, names.TLS_KEY, names.TLS_CERTIFICATE
    return said["secret"]["name"], said["secret"]["key"], said["secret"]["crt"]


def _https_port(values: Values) -> int | None:
    """Return the port by which browsers come to the proxy's Service with TLS; None where only the cluster knows it."""
    service = values.settings["proxy"]["service"]
    port: int | None = service["nodePorts"]["https"] if service["type"] == "NodePort" else _HTTPS
    return port


def _deployment(values: Values, mark: str) -> Object:
    said, hub = values.settings["proxy"], f"http://{names.HUB}:{names.HUB_PORT}"
    with_tls, (secret, key, certificate) = bool(certificate_of(values)), secret_of(values)
    sent_to = _https_port(values)
    chp = said["chp"]["image"]
    # the proxy is in the hub's image
    chosen = chp if chp["name"] else {**values.settings["hub"]["image"], "pullPolicy": chp["pullPolicy"]}
    command = [
        "configurable-http-proxy",
        "--ip=0.0.0.0",
        "--api-ip=0.0.0.0",
        f"--api-port={names.PROXY_API_PORT}",
        f"--default-target={hub}",
        f"--error-target={hub}/hub/error",
    ]
    ports = [{"name": "api", "containerPort": names.PROXY_API_PORT}]
    if with_tls:
        command += [
            f"--port={_TLS_PORT}",
            f"--ssl-key={_TLS_FOLDER}/{key}",
            f"--ssl-cert={_TLS_FOLDER}/{certificate}",
            # who comes without TLS is sent to where it is, where that is known
            *([f"--redirect-port={names.PROXY_PORT}", f"--redirect-to={sent_to}"] if sent_to else []),
        ]
        ports.append({"name": "https", "containerPort": _TLS_PORT})
    else:
        command.append(f"--port={names.PROXY_PORT}")
    if sent_to or not with_tls:
        ports.append({"name": "http", "containerPort": names.PROXY_PORT})
    health = {"path": "/_chp_healthz", **({"port": "https", "scheme": "HTTPS"} if with_tls else {"port": "http"})}
    container = {
        "image": image(values.settings["lessonImages"]["prefix"], chosen, "labkit-hub"),
        "imagePullPolicy": chosen["pullPolicy"],
        "command": command,
        "env": [from_secret("CONFIGPROXY_AUTH_TOKEN", names.PROXY_TOKEN)],
        "ports": ports,
        "readinessProbe": {"httpGet": health, "periodSeconds": 2},
        "resources": said["chp"]["resources"],
        **({"volumeMounts": [{"name": "tls", "mountPath": _TLS_FOLDER, "readOnly": True}]} if with_tls else {}),
    }
    return deployment(
        values,
        names.PROXY,
        container,
        annotations={_MARK: mark} if mark else None,
        automountServiceAccountToken=False,
        **({"volumes": [{"name": "tls", "secret": {"secretName": secret}}]} if with_tls else {}),
    )


def _public(values: Values) -> Object:
    said = values.settings["proxy"]
    ports = []
    if said["https"]["enabled"]:
        target = "https" if certificate_of(values) else "http"
        ports.append({"name": "https", "port": _HTTPS, "targetPort": target})
    if _https_port(values) or not certificate_of(values):
        ports.append({"name": "http", "port": _HTTP, "targetPort": "http"})
    for port in ports:
        if number := said["service"]["nodePorts"][port["name"]]:
            port["nodePort"] = number
    address = {"loadBalancerIP": said["service"]["loadBalancerIP"]} if said["service"]["loadBalancerIP"] else {}
    return service(names.PROXY_PUBLIC, names.PROXY, ports, type=said["service"]["type"], **address)
