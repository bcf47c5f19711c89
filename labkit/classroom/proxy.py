"""The proxy: what browsers talk to, and what passes them on to the hub or to a learner's notebook. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.classroom import names
from labkit.classroom.desk import closed, deployment, service
from labkit.classroom.hub import from_secret
from labkit.classroom.objects import Object, image

if TYPE_CHECKING:
    from labkit.classroom.values import Values

_TLS_PORT = 8443
_TLS_FOLDER = "/etc/chp/tls"


def manifests(values: Values) -> list[Object]:
    """Return the proxy's objects."""
    api = [{"name": "api", "port": names.PROXY_API_PORT, "targetPort": "api"}]
    doors: dict[int | str, tuple[str, ...]] = {"http": (), "api": (names.HUB,)}
    if _has_certificate(values):
        doors["https"] = ()
    return [
        _deployment(values),
        service(names.PROXY_API, names.PROXY, api),
        _public(values),
        closed(names.PROXY, doors),
    ]


def entrance(values: Values) -> tuple[int, str]:
    """Return the port of the proxy's Pod at which browsers come in, and their scheme there, ``http`` or ``https``."""
    return (_TLS_PORT, "https") if _has_certificate(values) else (names.PROXY_PORT, "http")


def _has_certificate(values: Values) -> bool:
    """Tell whether the proxy itself speaks TLS."""
    said = values.settings["proxy"]["https"]
    return bool(said["enabled"] and said["type"] == "secret")


def _deployment(values: Values) -> Object:
    said, hub = values.settings["proxy"], f"http://{names.HUB}:{names.HUB_PORT}"
    with_tls, secret = _has_certificate(values), said["https"]["secret"]
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
    ports = [
        {"name": "http", "containerPort": names.PROXY_PORT},
        {"name": "api", "containerPort": names.PROXY_API_PORT},
    ]
    if with_tls:
        command += [
            f"--port={_TLS_PORT}",
            # who comes without TLS is sent to where it is
            f"--redirect-port={names.PROXY_PORT}",
            "--redirect-to=443",
            f"--ssl-key={_TLS_FOLDER}/{secret['key']}",
            f"--ssl-cert={_TLS_FOLDER}/{secret['crt']}",
        ]
        ports.append({"name": "https", "containerPort": _TLS_PORT})
    else:
        command.append(f"--port={names.PROXY_PORT}")
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
        automountServiceAccountToken=False,
        **({"volumes": [{"name": "tls", "secret": {"secretName": secret["name"]}}]} if with_tls else {}),
    )


def _public(values: Values) -> Object:
    said = values.settings["proxy"]
    ports = []
    if said["https"]["enabled"]:
        target = "https" if _has_certificate(values) else "http"
        ports.append({"name": "https", "port": 443, "targetPort": target})
    ports.append({"name": "http", "port": 80, "targetPort": "http"})
    for port in ports:
        if number := said["service"]["nodePorts"][port["name"]]:
            port["nodePort"] = number
    address = {"loadBalancerIP": said["service"]["loadBalancerIP"]} if said["service"]["loadBalancerIP"] else {}
    return service(names.PROXY_PUBLIC, names.PROXY, ports, type=said["service"]["type"], **address)
