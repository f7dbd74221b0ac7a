"""How a file ``/etc/ecs/ecs.config`` is read (section 7).

In: the text of such a file, and whether ecs-init of the ECS-optimised AMI starts the agent.  Out:
``AgentConfig``, and problems line by line.  Which keys there are, ``agent_config`` knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import attrs

from placement.errors import DocumentError, UsageError, describe_value
from placement.machines.agent_config import KEYS, AgentConfig, Key, check_system
from placement.machines.agent_values import about_names, about_repeats
from placement.suggest import closest_match

__all__ = ["ConfigLine", "config_of", "parse_config", "read_lines"]

_FILLED = ("ECS_RESERVED_PORTS", "ECS_AVAILABLE_LOGGING_DRIVERS")
"""Lists that count as not given when they are empty: the agent then uses its own (A67)."""

LOG_DRIVERS = (
    *("json-file", "syslog", "journald", "gelf", "fluentd"),
    *("awslogs", "splunk", "logentries", "sumologic", "none"),
)
"""The log drivers that the agent knows (3.1)."""


@attrs.frozen
class ConfigLine:
    """A line of the file.

    Attributes:
        number: Counted from 1.
        key: The text before the ``=``, blanks after the name included; None for a line without
            ``=``, such as a comment.
        value: The text after it, without surrounding blanks.
    """

    number: int
    key: str | None
    value: str


def read_lines(text: str) -> list[ConfigLine]:
    """Return the lines of a file; comments and lines without ``=`` have no key."""
    if not isinstance(text, str):
        raise UsageError(f"the configuration is text, not {describe_value(text)}")
    lines = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        key, equals, value = line.strip().partition("=")
        is_setting = bool(equals) and not key.startswith("#")
        lines.append(ConfigLine(number, key if is_setting else None, value.strip()))
    return lines


def parse_config(
    text: str, *, operating_system: str = "linux", ecs_init: bool | None = None
) -> AgentConfig:
    """Return what a file ``ecs.config`` sets.

    Args:
        text: Lines ``KEY=VALUE``; ``#`` at the beginning makes a comment; the last line of a key
            counts.  Quotes are kept, as in Docker's environment files.  A blank before the ``=``
            makes it another key, which the agent does not know.
        operating_system: ``linux`` or ``windows``, whose defaults are used.
        ecs_init: Whether the defaults are those that ecs-init of the ECS-optimised AMI passes on;
            by default on Linux.

    ecs-init writes its defaults, then the lines of the file replace them: where a value is empty
    or cannot be read, the agent's own default holds, whatever ecs-init had set.  What cannot be
    read is a warning, as it is for the agent.

    Raises:
        DocumentError: the agent would not start: ``ECS_INSTANCE_ATTRIBUTES`` cannot be read, or
            ``ECS_AVAILABLE_LOGGING_DRIVERS`` has a driver that the agent does not know.
        UsageError: an argument is not of its kind.
    """
    return config_of(read_lines(text), operating_system=operating_system, ecs_init=ecs_init)[0]


def config_of(
    lines: list[ConfigLine], *, operating_system: str = "linux", ecs_init: bool | None = None
) -> tuple[AgentConfig, dict[int, str]]:
    """Return the configuration, and problems by the number of their line; see ``parse_config``."""
    check_system(operating_system)
    if ecs_init is not None and not isinstance(ecs_init, bool):
        raise UsageError(f"ecs_init is true or false, not {describe_value(ecs_init)}")
    init = operating_system == "linux" if ecs_init is None else ecs_init
    settings = {line.key: line for line in lines if line.key is not None}
    values = {name: key.default(operating_system, init) for name, key in KEYS.items()}
    given = []
    warnings = []
    problems: dict[int, str] = {}
    for name, line in settings.items():
        problem = _about_unknown(name)
        if name in KEYS:
            values[name], is_given, problem = _read(KEYS[name], line, operating_system)
            if is_given:
                given.append(name)
        if problem is not None:
            problems[line.number] = problem
            warnings.append(f"line {line.number}: {name}: {problem}")
    fields = {_field(name): value for name, value in values.items()}
    config = AgentConfig(
        operating_system=operating_system, given=tuple(given), warnings=tuple(warnings), **fields
    )
    return config, problems


def _read(key: Key, line: ConfigLine, operating_system: str) -> tuple[Any, bool, str | None]:
    """Return the value that a line gives to its key, whether it is the line's, and a problem.

    Raises:
        DocumentError: the agent would not start with it.
    """
    default = key.agent_default(operating_system)
    if not line.value:
        return default, False, None
    try:
        value = key.read(line.value)
    except ValueError as error:
        message = f"{error}, not {describe_value(line.value)}"
        if key.name == "ECS_INSTANCE_ATTRIBUTES":
            raise DocumentError(message, f"line {line.number}: {key.name}") from None
        return default, False, f"{message}; the agent's default holds"
    problem = _about_quotes(line.value)
    if key.name == "ECS_AVAILABLE_LOGGING_DRIVERS":
        _check_drivers(value, line.number)
    elif key.name == "ECS_INSTANCE_ATTRIBUTES":
        problem = about_names(value) or about_repeats(line.value)
    if not value and key.name in _FILLED:
        return default, False, problem
    return value, True, problem


def _check_drivers(names: Iterable[str], number: int) -> None:
    """Refuse log drivers that the agent does not know: it does not start with one.

    Raises:
        DocumentError: there is one.
    """
    for name in names:
        if name not in LOG_DRIVERS:
            message = (
                f"the agent does not start: it knows no log driver {describe_value(name)}, "
                f"only {', '.join(LOG_DRIVERS)}"
            )
            raise DocumentError(message, f"line {number}: ECS_AVAILABLE_LOGGING_DRIVERS")


def _field(name: str) -> str:
    return name.removeprefix("ECS_").lower()


@lru_cache
def _about_unknown(name: str) -> str | None:
    """Return the problem of a key that looks like a misspelling of one in ``KEYS``, else None.

    The agent has many keys that do not affect placement and are not in the table.
    """
    if name in KEYS:
        return None
    if name.rstrip() in KEYS:
        return "the blank before the = is a part of the name: the line sets nothing"
    words = name.split()
    if not words or len(words[-1]) <= 4:
        return None
    close = closest_match(words[-1], KEYS, cutoff=0.88)
    return f"not known; did you mean {close}?" if close else None


def _about_quotes(value: str) -> str | None:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return "the quotes are a part of the value"
    return None
