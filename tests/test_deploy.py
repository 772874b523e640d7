"""deploy/, read and held against its schemas; test_deploy_run.py runs what can be run."""

from __future__ import annotations

import copy
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from compose_spec import PyCompose

from mammoscope import __version__
from mammoscope.interop.headers import read_headers
from mammoscope.ledger.cipher import open_cipher
from tests.conftest import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
KUBERNETES = "1.37"
# Root for the moment of one chown, and without a network.
OWNER = "archive-owner"
# `${NAME:-default}` and `${NAME:?why it must be given}`.
VARIABLE = re.compile(r"\$\{\w+:([-?])([^}]*)\}")
# ray.io/v1: KubeRay's definition ships in no package; the pods in it are Kubernetes' own.
RAY_SPEC = {"rayVersion", "headGroupSpec", "workerGroupSpecs"}
RAY_HEAD = {"rayStartParams", "template"}
RAY_WORKERS = RAY_HEAD | {"groupName", "replicas", "minReplicas", "maxReplicas"}


def read_compose() -> dict[str, Any]:
    """compose.yaml with its variables filled in."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    filled = VARIABLE.sub(lambda one: one[2] if one[1] == "-" else "reader.example", text)
    assert "${" not in filled
    return dict(yaml.safe_load(filled))


def read_manifests(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


COMPOSE = read_compose()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
MANIFESTS = [*read_manifests("kubernetes.yaml"), *read_manifests("ray.yaml")]
(RAY,) = (each for each in MANIFESTS if each["kind"] == "RayCluster")
GROUPS = [RAY["spec"]["headGroupSpec"], *RAY["spec"]["workerGroupSpecs"]]
DEPLOYMENTS = [each for each in MANIFESTS if each["kind"] == "Deployment"]
# Namespace and pod template of everything that runs.
PODS = [(each["metadata"]["namespace"], each["spec"]["template"]) for each in DEPLOYMENTS]
PODS += [(RAY["metadata"]["namespace"], group["template"]) for group in GROUPS]


def check_compose(compose: dict[str, Any]) -> None:
    parsed = PyCompose.from_json(json.dumps(compose))
    parsed.validate()
    parsed.to_spec()


def check_manifest(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    spec = pod["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def named(kind: str, namespace: str) -> dict[str, dict[str, Any]]:
    found = [each for each in MANIFESTS if each["kind"] == kind]
    here = [each for each in found if each["metadata"]["namespace"] == namespace]
    return {each["metadata"]["name"]: each for each in here}


def strings(value: Any) -> Iterator[str]:
    """Every string in parsed YAML."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


# Compose


def test_compose_is_what_the_specification_allows() -> None:
    check_compose(COMPOSE)
    spoilt = copy.deepcopy(COMPOSE)
    spoilt["services"]["web"]["readonly"] = spoilt["services"]["web"].pop("read_only")
    with pytest.raises(ValueError, match="readonly"):
        check_compose(spoilt)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_owns_nothing_and_may_do_nothing(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r":\d+\.\d+(\.\d+)?$", service["image"]), "its version is not pinned"
    assert not service["image"].startswith("mammoscope") or service["image"].endswith(__version__)
    if name == OWNER:
        assert service["cap_add"] == ["CHOWN"]
        assert service["network_mode"] == "none"
        assert service["restart"] == "no"
        return
    assert "cap_add" not in service
    assert int(service["user"].partition(":")[0]) > 0
    assert service["restart"] == "unless-stopped"
    assert service["mem_limit"] and service["pids_limit"]
    # The image of the page asks whether the page is well.
    assert ("healthcheck" in service) != (name == "web")


def test_services_reach_each_other_where_they_call_each_other_and_nothing_else() -> None:
    reached = {name: set(service.get("networks", [])) for name, service in SERVICES.items()}
    for name, service in SERVICES.items():
        for url in filter(None, map(_url, strings(service.get("command", [])))):
            assert url.password is None
            assert reached[name] & reached[str(url.hostname)], f"{name} cannot reach {url.hostname}"
        for other in service.get("depends_on", {}):
            assert other == OWNER or reached[name] & reached[other]
    opened = {name for name, network in COMPOSE["networks"].items() if not network.get("internal")}
    publishing = {name for name, service in SERVICES.items() if "ports" in service}
    assert {name for name, networks in reached.items() if networks & opened} == publishing
    # Asked for by a variable, other machines are let in; not by default.
    ports = [port for name in publishing for port in SERVICES[name]["ports"]]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_gateway_finds_its_secrets_and_the_archive_knows_it() -> None:
    gateway = SERVICES["gateway"]
    given = dict(word[2:].split("=", 1) for word in gateway["command"] if "=" in word)
    files = {value for value in given.values() if value.startswith("/keys/")}
    files.add(gateway["environment"]["PGPASSFILE"])
    assert {secret["target"] for secret in gateway["secrets"]} == files
    # The key's lock is made beside it.
    user, group = gateway["user"].split(":")
    assert gateway["tmpfs"] == [f"/keys:uid={user},gid={group},mode=0700"]
    archive = json.loads((DEPLOY / "orthanc.json").read_text(encoding="utf-8"))
    assert archive["DicomAet"] == given["accept"]
    known = archive["DicomModalities"]["mammoscope"]
    assert (known["AET"], known["Host"]) == (given["title"], "gateway")
    assert f":{archive['HttpPort']}{archive['DicomWeb']['Root']}" == ":8042/dicom-web/"
    assert given["fetch"] == given["send"] == "http://orthanc:8042/dicom-web"


def test_volumes_are_those_of_the_archive_and_the_queue() -> None:
    mounted = [
        volume.split(":") for each in SERVICES.values() for volume in each.get("volumes", [])
    ]
    assert {source for source, *_ in mounted if not source.startswith(".")} == {"archive", "queue"}
    assert set(COMPOSE["volumes"]) == {"archive", "queue"}
    bound = [(source, rest) for source, *rest in mounted if source.startswith(".")]
    assert all(rest[1:] == ["ro"] for _, rest in bound)
    there = {source for source, _ in bound if (DEPLOY / source).exists()}
    # The last is made by prepare.sh.
    assert {source for source, _ in bound} - there <= {"./secrets/keys"}


def test_no_password_stands_in_the_files() -> None:
    for service in SERVICES.values():
        for name in service.get("environment", {}):
            assert "PASS" not in name or name.endswith("FILE")
    secrets = [each for each in MANIFESTS if each["kind"] == "Secret"]
    assert len(secrets) >= 3
    assert not any({"data", "stringData"} & set(each) for each in secrets)
    for url in filter(None, map(_url, strings(MANIFESTS))):
        assert url.password is None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="makes files of other users")
def test_what_is_prepared_is_all_that_compose_wants_and_each_file_is_its_users_alone(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "secrets"
    prepare = ["sh", str(DEPLOY / "prepare.sh"), str(folder)]
    subprocess.run(prepare, check=True, capture_output=True)
    of_the_proxy = {"proxy.pem", "proxy.key"}
    files = {name: secret["file"] for name, secret in COMPOSE["secrets"].items()}
    assert files == {name: f"./secrets/{name}" for name in files}
    made = {path.name for path in folder.iterdir()}
    assert made == (set(files) - of_the_proxy) | {"keys"}
    for service in SERVICES.values():
        for secret in service.get("secrets", []):
            name = secret if isinstance(secret, str) else secret["source"]
            if name not in of_the_proxy:
                status = (folder / name).stat()
                assert f"{status.st_uid}:{status.st_gid}" == service["user"]
                assert stat.S_IMODE(status.st_mode) == 0o600
    assert (folder / "keys").stat().st_uid == 65534

    assert open_cipher(folder / "queue.key", create=False)
    password = (folder / "database.password").read_text().strip()
    assert (folder / "pgpass").read_text() == f"postgres:5432:mammoscope:mammoscope:{password}\n"
    users = json.loads((folder / "archive-users.json").read_text())["RegisteredUsers"]
    assert list(users) == ["gateway"] and len(users["gateway"]) == len(password) == 64
    assert list(read_headers(folder / "archive-headers")) == ["Authorization"]

    key = (folder / "queue.key").read_bytes()
    again = subprocess.run(prepare, check=False, capture_output=True)
    assert again.returncode != 0
    assert (folder / "queue.key").read_bytes() == key


# Kubernetes


@pytest.mark.parametrize(
    "manifest", MANIFESTS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}"
)
def test_a_manifest_is_what_kubernetes_allows(manifest: dict[str, Any]) -> None:
    if manifest["kind"] != "RayCluster":
        check_manifest(manifest)
        return
    spec = manifest["spec"]
    assert manifest["apiVersion"] == "ray.io/v1"
    assert set(spec) == RAY_SPEC
    assert set(spec["headGroupSpec"]) == RAY_HEAD
    assert all(set(group) == RAY_WORKERS for group in spec["workerGroupSpecs"])
    for group in GROUPS:
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        check_manifest(as_template(group["template"]))


def test_a_misspelt_word_of_a_manifest_is_seen() -> None:
    template = copy.deepcopy(GROUPS[0]["template"])
    security = template["spec"]["containers"][0]["securityContext"]
    security["readOnlyRootFileSystem"] = security.pop("readOnlyRootFilesystem")
    with pytest.raises(kubernetes_validate.ValidationError, match="readOnlyRootFileSystem"):
        check_manifest(as_template(template))


def as_template(template: dict[str, Any]) -> dict[str, Any]:
    """The pods of a RayCluster as an object that Kubernetes has a schema of."""
    return {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": "pods"},
        "template": template,
    }


@pytest.mark.parametrize(
    ("namespace", "pod"), PODS, ids=[pod["spec"]["containers"][0]["name"] for _, pod in PODS]
)
def test_a_pod_owns_nothing_may_do_nothing_and_finds_what_it_names(
    namespace: str, pod: dict[str, Any]
) -> None:
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    # Kubernetes' variables of a service `mammoscope` would be settings of ours.
    assert spec["enableServiceLinks"] is False
    security = spec["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] == security["runAsGroup"] == security["fsGroup"] == 65534
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for container in containers(pod):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["image"].endswith(f":{__version__}")
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes)
        variables = {variable["name"] for variable in container.get("env", [])}
        wanted = re.findall(r"\$\((\w+)\)", " ".join(container.get("args", [])))
        assert set(wanted) <= variables
    for container in spec["containers"]:
        ports = {port["name"] for port in container["ports"]}
        for probe in ("readinessProbe", "livenessProbe"):
            (asked,) = (container[probe][how] for how in container[probe] if "Seconds" not in how)
            assert asked["port"] in ports
    for volume in volumes.values():
        if "secret" in volume:
            assert volume["secret"]["secretName"] in named("Secret", namespace)
    (home,) = (
        each["metadata"]
        for each in MANIFESTS
        if each["kind"] == "Namespace" and each["metadata"]["name"] == namespace
    )
    assert home["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}


def test_services_and_policies_of_kubernetes_choose_pods_that_are_there() -> None:
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in DEPLOYMENTS]
    assert labels == [each["spec"]["selector"]["matchLabels"] for each in DEPLOYMENTS]
    services = [each for each in MANIFESTS if each["kind"] == "Service"]
    assert [each["spec"]["selector"] for each in services] == labels
    policies = named("NetworkPolicy", "mammoscope")
    assert policies.pop("nobody")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    assert [each["spec"]["podSelector"]["matchLabels"] for each in policies.values()] == labels
    (ray,) = named("NetworkPolicy", RAY["metadata"]["namespace"]).values()
    theirs = {"podSelector": {"matchLabels": {"ray.io/cluster": RAY["metadata"]["name"]}}}
    assert ray["spec"]["podSelector"] == {}
    assert ray["spec"]["ingress"] == [{"from": [theirs]}]


def test_two_gateways_on_one_queue_have_names_of_their_own() -> None:
    (gateway,) = (each for each in DEPLOYMENTS if each["metadata"]["name"] == "gateway")
    (container,) = gateway["spec"]["template"]["spec"]["containers"]
    assert gateway["spec"]["replicas"] > 1
    assert "--name=$(POD_NAME)" in container["args"]
    (name,) = (variable for variable in container["env"] if variable["name"] == "POD_NAME")
    assert name["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_the_ray_cluster_is_of_the_version_that_is_pinned() -> None:
    pinned = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"ray=={RAY['spec']['rayVersion']}" in pinned


def test_every_pod_of_ray_has_the_same_token_out_of_a_secret() -> None:
    token = {"secretKeyRef": {"name": "ray-token", "key": "token"}}
    for group in GROUPS:
        (container,) = group["template"]["spec"]["containers"]
        given = {each["name"]: each for each in container["env"]}
        assert given["RAY_AUTH_MODE"]["value"] == "token"
        assert given["RAY_AUTH_TOKEN"]["valueFrom"] == token


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_rays_own_start_command_knows_what_the_manifest_asks_of_it() -> None:
    scripts = pytest.importorskip("ray.scripts.scripts", reason="Ray is not installed")
    known = {option for one in scripts.start.params for option in one.opts}
    for group in GROUPS:
        assert {f"--{name}" for name in group["rayStartParams"]} <= known


def _url(text: str) -> Any:
    """The address in a word or after an option's `=`; None where there is none."""
    found = re.search(r"\b(?:postgresql|https?)://\S+", text)
    return urlsplit(found[0]) if found else None
