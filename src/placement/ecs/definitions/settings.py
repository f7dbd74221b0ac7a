"""What is checked of a container by itself: environment, secrets, logs, health, limits.

In: a container whose types are right, its path and its definition.  Out: problems.  Numbers that
placement uses are read by ``documents.task_definitions``, not here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from placement.ecs.definitions.problems import (
    DefinitionProblem,
    Problems,
    items,
    objects,
    plain_name,
)
from placement.errors import describe_value

__all__ = ["setting_problems"]

HEALTH = (
    ("interval", range(5, 301), "seconds"),
    ("timeout", range(2, 61), "seconds"),
    ("retries", range(1, 11), "times"),
    ("startPeriod", range(301), "seconds"),
)
"""What a health check may be set to (4.3)."""

REQUIRED_OPTIONS = {
    "awslogs": ("awslogs-group", "awslogs-region"),
    "splunk": ("splunk-token", "splunk-url"),
}
"""Options that a log driver cannot do without (B41)."""

NOT_IN_AWSVPC = (
    ("disableNetworking", "Disable Networking is"),
    ("hostname", "hostname is"),
    ("extraHosts", "Extra hosts are"),
    ("dnsServers", "DNS servers are"),
)
"""What a container with an interface of its own cannot have, and what ECS calls it (B42)."""

RESTART_PERIOD = range(60, 1801)
MAX_EXIT_CODES = 50
MAX_ENVIRONMENT_FILES = 10

IPC_CONTROLS = ("kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.")
"""Kernel parameters of the IPC namespace begin with one of these."""

Container = Mapping[str, Any]

_SECRET = re.compile(
    r"arn:aws[a-z-]*:(secretsmanager:[^:]*:[0-9]{12}:secret|ssm:[^:]*:[0-9]{12}:parameter).+"
    r"|(?!arn:)[A-Za-z0-9_./-]+"
)
_S3 = re.compile(r"arn:aws[a-z-]*:s3:::.+/.*\.env")


def setting_problems(container: Container, path: str, definition: Container) -> Problems:
    """Yield what is wrong with the settings of a container."""
    yield from _environment(container, path)
    yield from _secrets(container, "secrets", path, definition)
    yield from _credentials(container, path, definition)
    yield from _logs(container, path, definition)
    yield from _health(container, path)
    yield from _ulimits(container, path)
    yield from _linux(container.get("linuxParameters") or {}, f"{path}.linuxParameters")
    yield from _system_controls(container, path, definition)
    name = plain_name(container.get("name"))
    yield from _restarts(container.get("restartPolicy") or {}, f"{path}.restartPolicy", name)
    yield from _router(container, f"{path}.firelensConfiguration.options")
    for name in ("startTimeout", "stopTimeout"):
        value = container.get(name)
        if value is not None and value < 0:
            yield DefinitionProblem(f"{path}.{name}", f"expected seconds from 0, not {value}")
    if definition.get("networkMode") == "awsvpc":
        for name, words in NOT_IN_AWSVPC:
            if container.get(name):
                message = f"{words} not supported on container when networkMode=awsvpc."
                yield DefinitionProblem(f"{path}.{name}", message)


def _environment(container: Container, path: str) -> Problems:
    for variable, here in objects(container, "environment", path):
        if not variable.get("name"):
            yield DefinitionProblem(f"{here}.name", "is missing")
    files = list(objects(container, "environmentFiles", path))
    if len(files) > MAX_ENVIRONMENT_FILES:
        message = (
            "The maximum number of environment files was exceeded. Specify ten or less and try "
            f"again. There are {len(files)}"
        )
        yield DefinitionProblem(f"{path}.environmentFiles", message)
    for file, here in files:
        value = file.get("value")
        if value is not None and not _S3.fullmatch(value):
            message = (
                "Invalid arn syntax. Expected the ARN of an S3 object that ends with .env, not "
                f"{describe_value(value)}"
            )
            yield DefinitionProblem(f"{here}.value", message)


def _secrets(container: Container, name: str, path: str, definition: Container) -> Problems:
    """Yield wrong secrets: names that are used twice, and secrets that no role may read."""
    secrets = list(objects(container, name, path))
    taken = {}
    if name == "secrets":
        for variable, here in objects(container, "environment", path):
            taken[variable.get("name")] = here
    for secret, here in secrets:
        key, value = secret.get("name"), secret.get("valueFrom")
        if key == "":
            yield DefinitionProblem(f"{here}.name", "is missing")
        elif key is not None and taken.setdefault(key, here) != here:
            yield DefinitionProblem(
                f"{here}.name", f"{describe_value(key)} is set by {taken[key]} already"
            )
        if value is not None and not _SECRET.fullmatch(value):
            message = (
                "expected the ARN of a secret of Secrets Manager, or the ARN or the name of a"
                f" parameter of Systems Manager, not {describe_value(value)}"
            )
            yield DefinitionProblem(f"{here}.valueFrom", message)
    if secrets and not definition.get("executionRoleArn"):
        message = (
            "When you are specifying container secrets, you must also specify a value for "
            "'executionRoleArn'."
        )
        yield DefinitionProblem(f"{path}.{name}", message)


def _logs(container: Container, path: str, definition: Container) -> Problems:
    logs = container.get("logConfiguration") or {}
    here = f"{path}.logConfiguration"
    yield from _secrets(logs, "secretOptions", here, definition)
    options = logs.get("options") or {}
    yield from _driver_options(logs, here)
    mode = options.get("mode")
    if mode not in (None, "blocking", "non-blocking"):
        message = f"expected blocking or non-blocking, not {describe_value(mode)}"
        yield DefinitionProblem(f"{here}.options.mode", message)


def _driver_options(logs: Container, path: str) -> Problems:
    """Yield options that a log driver cannot do without (B41); secret ones count as given."""
    driver, options = logs.get("logDriver"), logs.get("options") or {}
    secret = {option.get("name") for option, _ in objects(logs, "secretOptions", path)}
    missing = [
        name
        for name in REQUIRED_OPTIONS.get(str(driver), ())
        if not options.get(name) and name not in secret
    ]
    if missing:
        message = f"Log driver {driver} requires options: {', '.join(missing)}"
        yield DefinitionProblem(f"{path}.options", message)
    creates = options.get("awslogs-create-group")
    if driver == "awslogs" and creates not in (None, "true"):
        message = f"expected true, or no such option, not {describe_value(creates)}"
        yield DefinitionProblem(f"{path}.options.awslogs-create-group", message)


def _credentials(container: Container, path: str, definition: Container) -> Problems:
    if container.get("repositoryCredentials") and not definition.get("executionRoleArn"):
        message = (
            "Private repository authentication requires that the task definition specify a value "
            "for executionRoleArn."
        )
        yield DefinitionProblem(f"{path}.repositoryCredentials", message)


def _health(container: Container, path: str) -> Problems:
    check = container.get("healthCheck")
    path = f"{path}.healthCheck"
    if check is None:
        return
    command = check.get("command")
    if command is not None and (not command or command in (["CMD"], ["CMD-SHELL"])):
        message = "expected CMD or CMD-SHELL and then the command"
        yield DefinitionProblem(f"{path}.command", message)
    for name, allowed, unit in HEALTH:
        value = check.get(name)
        if value is not None and value not in allowed:
            bound = (
                f"less than or equal to the maximum allowed value {allowed[-1]}"
                if value > allowed[-1]
                else f"greater than or equal to the minimum allowed value {allowed[0]}"
            )
            message = (
                f"Health check {name} must be {bound} for container "
                f"'{plain_name(container.get('name'))}'. It is {value} {unit}"
            )
            yield DefinitionProblem(f"{path}.{name}", message)


def _ulimits(container: Container, path: str) -> Problems:
    seen: dict[str, str] = {}
    for limit, here in objects(container, "ulimits", path):
        name, soft, hard = (limit.get(key) for key in ("name", "softLimit", "hardLimit"))
        if name is not None and seen.setdefault(name, here) != here:
            yield DefinitionProblem(
                f"{here}.name", f"{seen[name]} sets {describe_value(name)} already"
            )
        for key, value in (("softLimit", soft), ("hardLimit", hard)):
            if value is not None and value < -1:
                message = f"expected a number from 0, or -1 for no limit, not {value}"
                yield DefinitionProblem(f"{here}.{key}", message)
        if soft is not None and hard is not None and hard >= 0 and not 0 <= soft <= hard:
            message = (
                f"Soft limit exceeds hard limit for ulimit {plain_name(name)}: "
                f"expected at most {hard}, not {soft}"
            )
            yield DefinitionProblem(f"{here}.softLimit", message)


def _linux(parameters: Container, path: str) -> Problems:
    swappiness = parameters.get("swappiness")
    if swappiness is not None and not 0 <= swappiness <= 100:
        yield DefinitionProblem(f"{path}.swappiness", f"expected 0 to 100, not {swappiness}")
    for name in ("maxSwap", "sharedMemorySize"):
        value = parameters.get(name)
        if value is not None and value < 0:
            yield DefinitionProblem(f"{path}.{name}", f"expected MiB from 0, not {value}")
    for tmpfs, here in objects(parameters, "tmpfs", path):
        value = tmpfs.get("size")
        if value is not None and value < 1:
            yield DefinitionProblem(f"{here}.size", f"expected MiB from 1, not {value}")


def _system_controls(container: Container, path: str, definition: Container) -> Problems:
    """Yield kernel parameters of a namespace that is the host's (the API on ``SystemControl``)."""
    for control, here in objects(container, "systemControls", path):
        name = control.get("namespace")
        for key in ("namespace", "value"):
            if not control.get(key):
                yield DefinitionProblem(f"{here}.{key}", "is missing")
        if not name:
            continue
        network, ipc = name.startswith("net."), name.startswith(IPC_CONTROLS)
        if not network and not ipc:
            message = (
                f"expected net. or a parameter of the IPC namespace, not {describe_value(name)}"
            )
            yield DefinitionProblem(f"{here}.namespace", message)
        if ipc and definition.get("ipcMode") == "host":
            message = f"{describe_value(name)} does not go with the ipcMode host"
            yield DefinitionProblem(f"{here}.namespace", message)
        if network and definition.get("networkMode") == "host":
            message = f"{describe_value(name)} does not go with the networkMode host"
            yield DefinitionProblem(f"{here}.namespace", message)


def _restarts(policy: Container, path: str, name: str) -> Problems:
    period = policy.get("restartAttemptPeriod")
    if period is not None and period not in RESTART_PERIOD:
        message = (
            f"The 'restartAttemptPeriod' setting for container '{name}' must be between "
            f"{RESTART_PERIOD[0]} and {RESTART_PERIOD[-1]}. It is {period} seconds"
        )
        yield DefinitionProblem(f"{path}.restartAttemptPeriod", message)
    codes = list(items(policy, "ignoredExitCodes", path))
    if len(codes) > MAX_EXIT_CODES:
        message = f"at most {MAX_EXIT_CODES} exit codes are allowed, not {len(codes)}"
        yield DefinitionProblem(f"{path}.ignoredExitCodes", message)


def _router(container: Container, path: str) -> Problems:
    options = (container.get("firelensConfiguration") or {}).get("options") or {}
    kind = options.get("config-file-type")
    if kind not in (None, "file", "s3"):
        yield DefinitionProblem(
            f"{path}.config-file-type", f"expected file or s3, not {describe_value(kind)}"
        )
    if kind is not None and not options.get("config-file-value"):
        yield DefinitionProblem(f"{path}.config-file-value", "is missing")
