"""The Dockerfile, compose.yaml, nginx and Kubernetes files say the same as the code they start."""

import json
import re

import pytest
import yaml
from django.conf import settings

from config import asgi
from config.devservices.programs import DRAIN_SECONDS, SERVER, WORKERS
from support.api.streams import KEEP_ALIVE_SECONDS
from tests.engines import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
KUBERNETES = ROOT / "deploy" / "kubernetes"
FILES = sorted(set(KUBERNETES.glob("*.yaml")) - {KUBERNETES / "kustomization.yaml"})
OBJECTS = [one for path in FILES for one in yaml.safe_load_all(path.read_text())]
PODS = {
    one["metadata"]["name"].removeprefix("replywell-"): one["spec"]["template"]["spec"]
    for one in OBJECTS
    if one["kind"] in {"Deployment", "Job"}
}
NGINX = {path.name: path.read_text() for path in (ROOT / "deploy" / "nginx").glob("*.conf")}
HEARTBEAT_SECONDS, LONGEST_WAIT_SECONDS = 25, 60


def directive(name: str, file: str = "http.conf") -> str:
    """The value of an nginx directive that stands there once."""
    (value,) = re.findall(rf"^\s*{name} (.+?);", NGINX[file], re.MULTILINE)
    return value


def commands(name: str) -> list[list[str]]:
    """What starts this kind of process, in compose and in Kubernetes."""
    return [SERVICES[name]["command"], PODS[name.removeprefix("worker-")]["containers"][0]["command"]]


def test_the_image_serves_as_make_run_does():
    """Red when SERVER gets an argument that the Dockerfile does not have."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    command = json.loads(re.findall(r"^CMD (\[.+\])", text, re.MULTILINE)[-1])
    where = command.index("--host")
    assert command[where : where + 4] == ["--host", "0.0.0.0", "--port", "8000"]
    assert sorted(command[:where] + command[where + 4 :]) == sorted(SERVER)
    assert PODS["web"]["containers"][0].get("command") is None
    assert "command" not in SERVICES["web-1"]


@pytest.mark.parametrize("name", sorted(WORKERS))
def test_workers(name):
    node, queues, pool = WORKERS[name]
    for command in commands(name):
        assert command[:7] == ["celery", "-A", "config", "worker", "-Q", queues, "-n"]
        assert command[7 : 8 + len(pool)] == [f"{node}@%h", *pool]


def test_every_queue_has_a_worker():
    """Red when a queue is added to CELERY_TASK_ROUTES alone."""
    wanted = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {settings.CELERY_TASK_DEFAULT_QUEUE}
    served = {queue for _, queues, _ in WORKERS.values() for queue in queues.split(",")}
    assert served == wanted
    assert {name for name in SERVICES if name.startswith("worker-")} == set(WORKERS)


def test_there_is_one_beat():
    (beat,) = [one for one in OBJECTS if one["metadata"]["name"] == "replywell-beat"]
    assert (beat["spec"]["replicas"], beat["spec"]["strategy"]) == (1, {"type": "Recreate"})
    assert "deploy" not in SERVICES["beat"]


def test_everybody_has_time_to_let_go():
    """Red when a stop is shorter than what a web process may take."""
    needed = DRAIN_SECONDS + 5
    assert asgi.DRAIN_SECONDS < DRAIN_SECONDS
    pause = int(PODS["web"]["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert PODS["web"]["terminationGracePeriodSeconds"] >= pause + needed
    for name in ("web-1", "web-2"):
        assert int(SERVICES[name]["stop_grace_period"].rstrip("s")) >= needed


def test_proxies_wait_longer_than_any_silence():
    silence = max(HEARTBEAT_SECONDS, KEEP_ALIVE_SECONDS, LONGEST_WAIT_SECONDS)
    assert int(directive("proxy_read_timeout").rstrip("s")) > silence
    (ingress,) = [one for one in OBJECTS if one["kind"] == "Ingress"]
    assert int(ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-read-timeout"]) > silence


def test_the_application_judges_large_bodies():
    (ingress,) = [one for one in OBJECTS if one["kind"] == "Ingress"]
    limits = [directive("client_max_body_size")]
    limits += [ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]]
    for limit in limits:
        assert int(limit.rstrip("m")) * 2**20 > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_nginx_finds_the_containers_where_compose_puts_them():
    addresses = {name: SERVICES[name]["networks"]["replywell"]["ipv4_address"] for name in ("nginx", "web-1", "web-2")}
    servers = re.findall(r"server (\S+):8000", NGINX["upstream.conf"])
    assert servers == [addresses["web-1"], addresses["web-2"]]
    assert addresses["nginx"] in SERVICES["web-1"]["environment"]["TRUSTED_PROXIES"]


def test_secrets_are_asked_for_and_are_nowhere():
    """Red when a secret gets a default."""
    environment = SERVICES["web-1"]["environment"]
    for name in ("SECRET_KEY", "SESSION_ENCRYPTION_KEYS", "ALLOWED_HOSTS"):
        assert environment[name].startswith(f"${{{name}:?")
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]
    text = (ROOT / "Dockerfile").read_text() + json.dumps([one for one in OBJECTS if one["kind"] != "Secret"])
    assert not re.search(r"SECRET_KEY|ENCRYPTION_KEYS|PASSWORD", text)
    example = (ROOT / ".env.example").read_text()
    for name in set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text())):
        assert f"# {name}=" in example


@pytest.mark.parametrize("name", sorted(PODS))
def test_pods_are_restricted(name):
    """As the Pod Security Standards' `restricted` asks, and with a file system that nobody writes to."""
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


def test_probes():
    container = PODS["web"]["containers"][0]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    (configuration,) = [one for one in OBJECTS if one["kind"] == "ConfigMap"]
    assert "localhost" in configuration["data"]["ALLOWED_HOSTS"].split(",")
    for name in set(SERVICES) - {"web-1", "web-2"}:  # these have the image's own
        assert "healthcheck" in SERVICES[name]


def test_kustomize_names_every_file():
    listed = set(yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"])
    there = {path.name for path in FILES} - {"secret.example.yaml"}
    assert listed - {"secret.yaml"} == there - {"secret.yaml"}
