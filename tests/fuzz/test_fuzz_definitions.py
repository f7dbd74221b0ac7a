"""Task definitions with anything in their fields: problems with paths, never an error from inside.

A damaged definition is checked, linted, derived from and registered: what the check finds nothing
wrong with the client takes, and what it finds something wrong with the client refuses by name.
"""

from __future__ import annotations

import contextlib
import copy
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from placement import CqlError, DocumentError, Task
from placement.ecs import (
    Client,
    ClientError,
    ParamValidationError,
    check_task_definition,
    lint_task_definition,
    parse_image,
    required_attributes,
)

WORDS = (
    *("", "a", "b", "GPU", "0", "1 vCPU", "2 GB", "awsvpc", "host", "none", "default", "\n"),
    *("\ud800", "FARGATE", "1-9", "1-99999999", "٣", "CMD", "memberOf", "distinctInstance"),
    *("arn:aws:x", "awslogs", "awsfirelens", "${X}", "attribute:a =~ (", "true", "x" * 300),
)

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([-1, 0, 1, 3, 4, 80, 65_535, 65_536, 2**31, 10**30]),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(WORDS),
    st.lists(st.none() | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3) | st.just("name"), st.none() | st.just("a"), max_size=2),
    st.just({5: 6}),
)


def whole() -> dict[str, Any]:
    """A valid definition with every field that is looked at."""
    first = {
        "name": "a",
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1",
        "cpu": 10,
        "memory": 64,
        "memoryReservation": 32,
        "links": ["b:db"],
        "portMappings": [
            {"containerPort": 80, "hostPort": 80, "protocol": "tcp", "name": "web"},
            {"containerPortRange": "90-99"},
        ],
        "essential": True,
        "environment": [{"name": "A", "value": "1"}],
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::bucket/x.env"}],
        "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}],
        "volumesFrom": [{"sourceContainer": "b"}],
        "linuxParameters": {
            "capabilities": {"add": ["SYS_PTRACE"]},
            "initProcessEnabled": True,
            "swappiness": 1,
            "maxSwap": 1,
            "sharedMemorySize": 1,
            "tmpfs": [{"containerPath": "/t", "size": 1}],
        },
        "secrets": [{"name": "S", "valueFrom": "parameter"}],
        "dependsOn": [{"containerName": "b", "condition": "START"}],
        "startTimeout": 5,
        "user": "1",
        "dockerSecurityOptions": ["label:x"],
        "dockerLabels": {"a": "b"},
        "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
        "logConfiguration": {
            "logDriver": "awsfirelens",
            "options": {"mode": "blocking"},
            "secretOptions": [{"name": "o", "valueFrom": "p"}],
        },
        "healthCheck": {"command": ["CMD", "true"], "interval": 5, "startPeriod": 0},
        "systemControls": [{"namespace": "net.x", "value": "1"}],
        "resourceRequirements": [{"type": "GPU", "value": "1"}],
        "restartPolicy": {"enabled": True, "ignoredExitCodes": [1], "restartAttemptPeriod": 60},
    }
    second = {
        "name": "b",
        "image": "nginx",
        "memory": 32,
        "firelensConfiguration": {"type": "fluentbit", "options": {"enable": "true"}},
    }
    volumes = [
        {"name": "v", "host": {"sourcePath": "/x"}},
        {"name": "d", "dockerVolumeConfiguration": {"driver": "local", "scope": "task"}},
        {
            "name": "e",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "p", "iam": "ENABLED"},
            },
        },
    ]
    return {
        "family": "web",
        "taskRoleArn": "arn:aws:iam::123456789012:role/r",
        "executionRoleArn": "r",
        "networkMode": "bridge",
        "containerDefinitions": [first, second],
        "volumes": volumes,
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:a exists"}],
        "requiresCompatibilities": ["EC2"],
        "cpu": "1 vCPU",
        "memory": "1 GB",
        "tags": [{"key": "a", "value": "b"}],
        "pidMode": "task",
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    }


def places(value: Any) -> list[tuple[Any, ...]]:
    """Every place in a document, as the keys that lead to it."""
    found: list[tuple[Any, ...]] = [()]
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        found += [(key, *rest) for rest in places(value[key])]
    return found


PLACES = places(whole())[1:]


def damaged(document: Any, place: tuple[Any, ...], junk: Any, drop: bool) -> None:
    """Put something else in a place, or take it away; nothing if the place is gone already."""
    for key in place[:-1]:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return
    last = place[-1]
    if isinstance(document, dict) and drop:
        document.pop(last, None)
    elif isinstance(document, dict) or (
        isinstance(document, list) and isinstance(last, int) and last < len(document)
    ):
        document[last] = junk


DAMAGES = st.lists(st.tuples(st.sampled_from(PLACES), JUNK, st.booleans()), min_size=1, max_size=4)


def test_the_whole_definition_is_valid() -> None:
    """So that what the damage does is what is found."""
    assert check_task_definition(whole()) == []


@given(DAMAGES)
@example([(("containerDefinitions", 0, "memory"), 10**30, False)])
@example([(("family",), "\ud800", False)])
@example([(("runtimePlatform", "operatingSystemFamily"), "WINDOWS_SERVER_2019_CORE", False)])
@example([(("requiresCompatibilities", 0), "FARGATE", False)])
def test_damage_is_found_and_the_client_agrees(damages: Any) -> None:
    document = whole()
    for place, junk, drop in damages:
        damaged(document, place, copy.deepcopy(junk), drop)
    before = repr(document)
    problems = check_task_definition(document)
    lint_task_definition(document)
    required_attributes(document)
    assert repr(document) == before
    assert all(str(problem).isprintable() or "\n" in str(problem) for problem in problems)
    client = Client()
    try:
        answer = client.register_task_definition(**document)
    except (ClientError, ParamValidationError):
        assert problems
        assert client.list_task_definitions()["taskDefinitionArns"] == []
        return
    assert problems == []
    task = Task.from_ecs(answer)
    assert list(task.attributes) == [each["name"] for each in required_attributes(document)]


FIELDS = st.sampled_from(["family", "containerDefinitions", "taskDefinition", "volumes", "name"])


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(FIELDS, inner | st.lists(inner, max_size=2), max_size=3)


@given(st.recursive(JUNK, grown))
def test_anything_is_a_definition_or_has_problems(document: dict[str, Any]) -> None:
    problems = check_task_definition(document)
    assert problems
    assert lint_task_definition(document) is not None
    required_attributes(document)
    with contextlib.suppress(DocumentError, CqlError):
        Task.from_ecs(document)


@given(st.text() | JUNK | st.text("ab.:/@#${}0-"))
def test_a_text_is_an_image_or_refused(text: Any) -> None:
    try:
        found = parse_image(text)
    except DocumentError:
        return
    assert found.kind == "unresolved" or parse_image(str(found)) == found
