"""``parse_image``: Docker's rules for references, and the kinds of registries (section 8)."""

from __future__ import annotations

from typing import Any

import pytest

from placement import DocumentError
from placement.ecs import parse_image

DIGEST = "sha256:" + "0123456789abcdef" * 4
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag"),
    [
        ("ubuntu", "docker.io", "library/ubuntu", "latest"),
        ("mongo:7.0", "docker.io", "library/mongo", "7.0"),
        ("org/name", "docker.io", "org/name", "latest"),
        ("org/team/name:1", "docker.io", "org/team/name", "1"),
        ("docker.io/ubuntu", "docker.io", "library/ubuntu", "latest"),
        ("index.docker.io/library/ubuntu:22.04", "docker.io", "library/ubuntu", "22.04"),
        ("registry-1.docker.io/org/name", "docker.io", "org/name", "latest"),
        ("quay.io/org/name:v1", "quay.io", "org/name", "v1"),
        ("localhost/name", "localhost", "name", "latest"),
        ("registry:5000/name", "registry:5000", "name", "latest"),
        ("registry:5000/name:2", "registry:5000", "name", "2"),
        ("host.example:443/a/b/c", "host.example:443", "a/b/c", "latest"),
        (f"{ECR}/app:1.2.3", ECR, "app", "1.2.3"),
    ],
)
def test_a_reference_has_registry_repository_and_tag(
    text: str, registry: Any, repository: str, tag: str
) -> None:
    found = parse_image(text)
    assert (found.registry, found.repository, found.tag) == (registry, repository, tag)
    assert found.digest is None


@pytest.mark.parametrize(("text", "tag"), [(f"a/b@{DIGEST}", None), (f"a/b:1@{DIGEST}", "1")])
def test_a_digest_stands_behind_the_tag_and_replaces_latest(text: str, tag: str | None) -> None:
    found = parse_image(text)
    assert (found.repository, found.tag, found.digest) == ("a/b", tag, DIGEST)


@pytest.mark.parametrize(
    "host",
    [
        ECR,
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
        "123456789012.dkr-ecr.us-west-2.on.aws",
        "123456789012.dkr-ecr-fips.us-west-2.on.aws",
    ],
)
def test_a68_private_ecr_has_these_hosts(host: Any) -> None:
    assert parse_image(f"{host}/team/app@{DIGEST}").kind == "ecr"


@pytest.mark.parametrize(
    "host",
    [
        "12345678901.dkr.ecr.us-east-1.amazonaws.com",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example",
        "x123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "123456789012.ecr.us-east-1.amazonaws.com",
        "123456789012.dkr.ecr.amazonaws.com",
        "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov",
    ],
)
def test_a68_other_hosts_are_not(host: str) -> None:
    assert parse_image(f"{host}/app").kind == "other"


def test_a68_isolated_partitions_are_named_by_the_caller() -> None:
    text = "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/app"
    assert parse_image(text, ["c2s.ic.gov"]).kind == "ecr"
    assert parse_image(text.replace("c2s.ic", "c2sxic"), ["c2s.ic.gov"]).kind == "other"


def test_a69_ecr_public_is_not_private() -> None:
    found = parse_image("public.ecr.aws/docker/library/nginx:1")
    assert (found.kind, found.repository) == ("ecr-public", "docker/library/nginx")


def test_kinds_of_the_rest() -> None:
    assert parse_image("nginx").kind == "docker-hub"
    assert parse_image("docker.io/a/b").kind == "docker-hub"
    assert parse_image("ghcr.io/a/b").kind == "other"


@pytest.mark.parametrize(
    "text", ["${IMAGE}", "{{image}}:1", f"{ECR}/app:$TAG", "<IMAGE>", "a:$(x)"]
)
def test_templates_are_unresolved(text: str) -> None:
    found = parse_image(text)
    assert (found.kind, found.repository) == ("unresolved", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        5,
        "a b",
        "naïve",
        "a\n",
        "a:",
        "a:1:2",
        "a/",
        "/a",
        "a//b",
        "a@",
        "a@sha256:12",
        f"a@{DIGEST}@{DIGEST}",
        "@" + DIGEST,
        "quay.io/",
        "a:" + "x" * 129,
        "a" * 256,
    ],
)
def test_what_is_no_reference_is_refused(text: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_image(text)
    assert caught.value.path == "image"


def test_the_limit_of_255_does_not_count_the_digest() -> None:
    assert parse_image("a" * 255).repository == "library/" + "a" * 255
    assert parse_image("a" * 255 + "@" + DIGEST).digest == DIGEST


@pytest.mark.parametrize("text", ["docker.io/library/a:1", f"quay.io/a/b:2@{DIGEST}"])
def test_a_reference_prints_as_it_is_written_in_full(text: str) -> None:
    assert str(parse_image(text)) == text


@pytest.mark.parametrize("text", ["nginx", "quay.io/a/b", "public.ecr.aws/a/b", "${IMAGE}"])
def test_other_registries_ask_nothing_of_an_instance(text: str) -> None:
    assert parse_image(text).required_attributes(execution_role=True) == ()


def test_private_ecr_asks_for_ecr_auth_and_for_the_execution_role_if_there_is_one() -> None:
    found = parse_image(f"{ECR}/app")
    assert found.required_attributes() == ("com.amazonaws.ecs.capability.ecr-auth",)
    assert found.required_attributes(execution_role=True) == (
        "com.amazonaws.ecs.capability.ecr-auth",
        "ecs.capability.execution-role-ecr-pull",
    )
