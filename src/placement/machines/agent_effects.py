"""What each line of an ``ecs.config`` changes.

In: the text of the file.  Out: for each line that sets something, the difference between what is
registered with the line and without it.  Knows no single key: it compares two configurations.
"""

from __future__ import annotations

import attrs

from placement.machines.agent_config import KEYS, AgentConfig
from placement.machines.agent_file import ConfigLine, config_of, read_lines
from placement.machines.capabilities import capabilities

__all__ = ["LineEffect", "explain_config"]


@attrs.frozen
class LineEffect:
    """The effect of one line.

    Attributes:
        number: The line's, counted from 1.
        key: The key.
        value: The value, as the file has it.
        effect: What the key is for, in a few words; what is wrong where the line has no effect.
        taken: Whether the line counts: no later line has the same key, and its value was read, or
            it takes away what ecs-init sets where there is no line.
        changed: Whether something differs from the default.
        added: Attributes that are registered because of it, ``name`` or ``name=value``.
        removed: Attributes that are not registered because of it.
        reserved: tcp ports that are taken because of it, as numbers; udp ones as ``53/udp``.
        released: Ports that are not taken because of it.
        memory: Difference of the registered memory in MiB; usually negative.
    """

    number: int
    key: str
    value: str
    effect: str
    taken: bool = True
    changed: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    memory: int = 0

    def __str__(self) -> str:
        parts = [f"+ {name}" for name in self.added] + [f"- {name}" for name in self.removed]
        parts += [f"port {port} reserved" for port in self.reserved]
        parts += [f"port {port} free for tasks" for port in self.released]
        if self.memory:
            parts.append(f"{self.memory:+d} MiB of memory")
        if self.taken and not parts:
            parts.append("changes nothing that is registered" if self.changed else "the default")
        text = f"line {self.number}: {self.key}: {self.effect}"
        return f"{text}: {', '.join(parts)}" if parts else text


def explain_config(
    text: str, *, operating_system: str = "linux", ecs_init: bool | None = None
) -> tuple[LineEffect, ...]:
    """Return what each line of an ``ecs.config`` changes, in the order of the lines.

    Arguments and errors are those of ``parse_config``.
    """
    lines = read_lines(text)
    config, problems = config_of(lines, operating_system=operating_system, ecs_init=ecs_init)
    last = {line.key: line for line in lines}
    effects = []
    for line in lines:
        if line.key is None:
            continue
        if last[line.key] is not line:
            message = f"overridden by line {last[line.key].number}"
            effects.append(LineEffect(line.number, line.key, line.value, message, taken=False))
            continue
        if line.key not in KEYS:
            message = problems.get(line.number) or "not known, or without effect on placement"
            effects.append(LineEffect(line.number, line.key, line.value, message, taken=False))
            continue
        others = [other for other in lines if other.key != line.key]
        without, _ = config_of(others, operating_system=operating_system, ecs_init=ecs_init)
        effect = _effect(line, line.key, config, without)
        if line.key not in config.given:
            message = problems.get(line.number) or "no value; the agent's default holds"
            effect = attrs.evolve(effect, effect=message, taken=effect.changed)
        effects.append(effect)
    return tuple(effects)


def _effect(line: ConfigLine, key: str, config: AgentConfig, without: AgentConfig) -> LineEffect:
    """Return the effect of a line; ``without`` is the configuration that lacks it."""
    now, before = _registered(config), _registered(without)
    ports_now, ports_before = _ports(config), _ports(without)
    return LineEffect(
        line.number,
        key,
        line.value,
        KEYS[key].effect,
        changed=attrs.evolve(config, given=(), warnings=())
        != attrs.evolve(without, given=(), warnings=()),
        added=_missing(now, before),
        removed=_missing(before, now),
        reserved=_missing(ports_now, ports_before),
        released=_missing(ports_before, ports_now),
        memory=without.reserved_memory - config.reserved_memory,
    )


def _registered(config: AgentConfig) -> list[str]:
    """Return the attributes that follow from a configuration alone."""
    found = {**capabilities(config), **config.instance_attributes}
    return [name if value is None else f"{name}={value}" for name, value in found.items()]


def _ports(config: AgentConfig) -> list[str]:
    return [*map(str, config.tcp_ports), *[f"{port}/udp" for port in config.reserved_ports_udp]]


def _missing(these: list[str], those: list[str]) -> tuple[str, ...]:
    """Return those of ``these`` that are not among ``those``, in their order."""
    known = set(those)
    return tuple([item for item in these if item not in known])
