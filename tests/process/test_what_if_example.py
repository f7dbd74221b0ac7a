"""The dump script and the what-if of ``examples/`` run, against an ``aws`` that a client answers.

The stand-in for the AWS CLI knows the options that the script uses, and refuses all others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import placement
from placement.ecs import Client
from tasks_world import add_machine, define

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

AWS = '''#!{python}
"""aws ecs CALL --option value ...: answered by a client that is loaded from a document."""
import json, os, re, sys
from placement.ecs import Client

SINGLE = {{"cluster", "taskDefinition", "query", "output"}}
assert sys.argv[1] == "ecs", sys.argv
call, given, name = sys.argv[2], {{}}, ""
for word in sys.argv[3:]:
    if word.startswith("--"):
        name = re.sub("-(.)", lambda found: found[1].upper(), word[2:])
        given[name] = []
    else:
        given[name].append(word)
given = {{name: words[0] if name in SINGLE else words for name, words in given.items()}}
query, output = given.pop("query", None), given.pop("output")
for name, most in dict(containerInstances=100, tasks=100, services=10).items():
    assert 1 <= len(given.get(name, "1")) <= most, "a call describes so many"
client = Client.from_ecs(json.loads(open(os.environ["DUMP"]).read()))
call = call.replace("-", "_")
if client.can_paginate(call):  # as the AWS CLI does it, all pages
    answer = client.get_paginator(call).paginate(**given).build_full_result()
else:
    answer = getattr(client, call)(**given)
if output == "json":
    print(json.dumps(answer, default=str, indent=4))
elif query == "tasks[].[taskDefinitionArn]":
    print("\\n".join(task["taskDefinitionArn"] for task in answer["tasks"]) or "None")
elif query == "clusters[].capacityProviders[]":
    print("\\t".join(answer["clusters"][0]["capacityProviders"]) or "None")
else:
    print("\\t".join(answer[query.removesuffix("[]")]) or "None")
'''


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script prints of a cluster with 130 tasks, more than a call describes."""
    tmp_path = tmp_path_factory.mktemp("dump")
    client = Client()
    client.create_cluster(clusterName="prod", capacityProviders=["FARGATE"])
    for number in range(6):
        zone = f"us-east-1{'ab'[number % 2]}"
        add_machine(client, cpu=4000, memory=8000, attributes={"ecs__availability-zone": zone})
    define(client, "small", container_memory=64, container_cpu=10)
    define(client, "large", container_memory=6000)
    for _ in range(13):
        client.run_task(cluster="prod", taskDefinition="small", count=10)
    client.create_service(cluster="prod", serviceName="web", taskDefinition="small", desiredCount=0)
    state = tmp_path / "state.json"
    state.write_text(json.dumps(client.to_ecs("prod")), "utf-8")
    aws = tmp_path / "aws"
    aws.write_text(AWS.format(python=sys.executable), "utf-8")
    aws.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", EXAMPLES / "dump_cluster.sh", "prod"],
        env={**os.environ, "PATH": path, "DUMP": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = tmp_path / "dump.json"
    found.write_text(done.stdout, "utf-8")
    return found


def what_if(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, EXAMPLES / "what_if.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_dumped_cluster_is_asked(dump: Path) -> None:
    """All pages arrive: 6 instances, 130 tasks in two calls; and the two questions."""
    decoder, rest, dumped = json.JSONDecoder(), dump.read_text("utf-8").lstrip(), []
    while rest:
        page, end = decoder.raw_decode(rest)
        dumped.append(page)
        rest = rest[end:].lstrip()
    assert [len(page["tasks"]) for page in dumped if "tasks" in page] == [100, 30]
    cluster = placement.Cluster.from_ecs(dumped)
    assert cluster.task_counts("family:small").sum() == 130
    client = Client.from_ecs(dumped)
    assert client.list_services(cluster="prod")["serviceArns"][0].endswith("/web")
    assert [
        one["name"]
        for page in dumped
        for one in page.get("capacityProviders", [])
        if isinstance(one, dict)
    ] == ["FARGATE"]

    done = what_if(dump, "small", "4")
    assert done.returncode == 0, done.stderr
    assert "as it is, 6 instances:\n  4 of 4 find room:" in done.stdout
    assert "{'us-east-1a': 2, 'us-east-1b': 2}" in done.stdout
    assert "with us-east-1a drained:\n  4 of 4 find room: {'us-east-1b': 4}" in done.stdout

    done = what_if(dump, "small:1", "10000")
    assert "of 10000 find room" in done.stdout
    assert "RESOURCE:" in done.stdout or "memory" in done.stdout


def test_the_commands_take_such_a_dump(dump: Path) -> None:
    """Documents one after another, that about the cluster among them."""
    command = [sys.executable, "-m", "placement", "list-container-instances", "--state", str(dump)]
    done = subprocess.run([*command, "--output", "json"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["containerInstanceArns"]) == 6


@pytest.mark.parametrize("text", ["{} {", "{} 7", '{"a": 1}{"b": ]}', "{}, {}", "\ufeff{} {}"])
def test_what_is_no_sequence_of_documents_is_no_json(text: str, tmp_path: Path) -> None:
    """The error is that of the JSON: its line and column."""
    file = tmp_path / "dump.json"
    file.write_text(text, "utf-8")
    command = [sys.executable, "-m", "placement", "list-container-instances", "--state", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "dump.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_definition_that_is_not_in_the_dump_is_named(dump: Path) -> None:
    """``large`` has no task, so that the dump has no definition of it."""
    done = what_if(dump, "large")
    assert done.returncode == 1
    assert "no task definition large in the dump; there are: small:1" in done.stderr


DENYING = """#!/bin/sh
if [ "$2" = "$DENIED" ]; then
  echo 'An error occurred (AccessDeniedException)' >&2
  exit 254
fi
case "$*" in
  *'--output text'*) printf 'arn:a\\tarn:b\\n' ;;
  *) echo '{}' ;;
esac
"""

CALLS = (
    *("list-container-instances", "list-tasks", "list-services", "describe-clusters"),
    *("describe-container-instances", "describe-tasks", "describe-task-definition"),
    *("get-task-protection", "describe-services", "describe-capacity-providers"),
)


@pytest.mark.parametrize("denied", ["", *CALLS])
def test_a_dump_fails_where_a_call_fails(tmp_path: Path, denied: str) -> None:
    """Without its tasks a cluster looks empty: a dump must not end well then."""
    aws = tmp_path / "aws"
    aws.write_text(DENYING, "utf-8")
    aws.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", EXAMPLES / "dump_cluster.sh", "prod"],
        env={**os.environ, "PATH": path, "DENIED": denied},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (denied == "")
    assert ("AccessDenied" in done.stderr) == (denied != "")
