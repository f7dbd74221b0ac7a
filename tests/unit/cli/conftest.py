"""What the tests of the command line share: two ways to run it, and documents to run it on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from command import Process, Run
from placement.cli.app import app


@pytest.fixture
def run() -> Run:
    """Run a command in this process."""

    def run_it(*arguments: str, stdin: str | bytes = "") -> Result:
        return CliRunner().invoke(app, arguments, input=stdin, prog_name="placement")

    return run_it


@pytest.fixture
def process() -> Process:
    """Run a command as a user does: in its own process, with pipes."""

    def run_it(*arguments: str | bytes, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "placement", *arguments]
        options = {"capture_output": True, "stdin": subprocess.DEVNULL, **options}
        return subprocess.run(command, text=True, timeout=300, check=False, **options)

    return run_it


@pytest.fixture
def plain_environment() -> dict[str, str]:
    """The environment without what switches colours."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LINES")
    }


@pytest.fixture
def example() -> str:
    """The cluster of 200 instances in ``examples/``."""
    return str(Path(__file__).resolve().parents[3] / "examples" / "cluster.json")


@pytest.fixture
def example_tasks() -> str:
    """The tasks on them."""
    return str(Path(__file__).resolve().parents[3] / "examples" / "tasks.json")


ARN = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/"


def instance(id: str, stack: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a small document of one instance."""
    attributes = [] if stack is None else [{"name": "stack", "value": stack}]
    return {"containerInstanceArn": ARN + id, "attributes": attributes, **fields}


@pytest.fixture
def document() -> dict[str, Any]:
    """Five instances: two prod, one dev, one without stack, one gone."""
    return {
        "containerInstances": [
            instance("a1", "prod", ec2InstanceId="i-a1", runningTasksCount=2),
            instance("b2", "dev", status="DRAINING"),
            instance("c3", "prod", agentConnected=False, versionInfo={"agentVersion": "1.99.1"}),
            instance("d4"),
            instance("e5", "prod", status="INACTIVE"),
        ]
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write a file and return its name; anything but bytes and text becomes JSON."""

    def write_it(content: Any, name: str = "state.json") -> str:
        path = tmp_path / name
        if not isinstance(content, (bytes, str)):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_it


@pytest.fixture
def state(document: dict[str, Any], write: Callable[..., str]) -> str:
    """The name of a file with ``document``."""
    return write(document)
