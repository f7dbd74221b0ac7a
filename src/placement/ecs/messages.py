"""The sentences with which ECS says that a service's task found no room (2.14), and longer ones.

In: a service's name and a ``PlacementExplanation``.  Out: text.  The short form is that of ECS; the
long one names what is missing, how much of it, and what would help.
"""

from __future__ import annotations

from collections.abc import Callable

from placement.ecs.reasons import api_reason
from placement.engine.explain import PlacementExplanation
from placement.errors import UsageError, describe_value, sanitize

__all__ = ["FORMS", "closest_sentence", "placement_report", "service_event"]

UNABLE = "was unable to place a task because no container instance met all of its requirements."
EMPTY = "Reason: No Container Instances were found in your cluster."
MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."

_ENDINGS = {
    "RESOURCE:CPU": "has insufficient CPU units available.",
    "RESOURCE:MEMORY": "has insufficient memory available.",
    "RESOURCE:GPU": "has insufficient GPU resource available.",
    "RESOURCE:PORTS": "is already using a port required by your task.",
    "ATTRIBUTE": "is missing an attribute required by your task.",
}
"""What is said of the closest instance; of other reasons, that it ``encountered error``."""

FORMS: dict[str, Callable[[str], str]] = {
    "api": "(service {})".format,
    "console": "service {}".format,
}
"""How a sentence begins: as the API gives it, or as the console shows it."""


def service_event(service: str, explained: PlacementExplanation, *, form: str = "api") -> str:
    """Return the message of a service whose task found no room, as ECS words it (2.14).

    Args:
        service: The service's name.
        explained: What ``Cluster.explain`` or ``Placement.explain`` returned.
        form: ``api``: it begins with ``(service NAME)``; ``console``: with ``service NAME``.

    Raises:
        UsageError: an argument is not of its kind, or the task does find room.
    """
    sentences = [f"{_beginning(service, explained, form)} {UNABLE}"]
    if not explained.candidates:
        sentences.append(EMPTY)
    elif explained.closest is not None:
        sentences.append(closest_sentence(explained))
    return sanitize(" ".join([*sentences, MORE]))


def _beginning(service: str, explained: PlacementExplanation, form: str) -> str:
    if not isinstance(service, str) or not service:
        raise UsageError(f"expected the name of a service, not {describe_value(service)}")
    if not isinstance(explained, PlacementExplanation):
        raise UsageError(f"expected an explanation, not {describe_value(explained)}")
    if form not in FORMS:
        raise UsageError(f"form is one of {', '.join(FORMS)}, not {describe_value(form)}")
    if explained.fitting:
        raise UsageError("the task finds room: there is nothing to report")
    return FORMS[form](service)


def closest_sentence(explained: PlacementExplanation) -> str:
    """Return what ECS says of the closest instance (A41): its first reason in C17's order."""
    reason = _first_reason(explained)
    ending = _ENDINGS.get(reason)
    if reason == "RESOURCE:PORTS" and not _port_is_taken(explained):
        ending = 'encountered error "Too many ports registered".'  # 2.3
    if ending is None:
        ending = f'encountered error "{api_reason(reason)}".'
    return f"The closest matching container-instance {explained.closest} {ending}"


def _first_reason(explained: PlacementExplanation) -> str:
    """Return the first reason of the closest instance: the one that begins its first shortfall."""
    first = explained.missing[0]
    found = [each.reason for each in explained.shortfalls if first.startswith(f"{each.reason}: ")]
    return max(found, key=len)


def _port_is_taken(explained: PlacementExplanation) -> bool:
    heads = ("RESOURCE:PORTS: tcp port ", "RESOURCE:PORTS: udp port ")
    return any(sentence.startswith(heads) for sentence in explained.missing)


def placement_report(service: str, explained: PlacementExplanation, *, form: str = "api") -> str:
    """Return the message of a service whose task found no room, in full: several lines.

    It begins as ``service_event`` does and continues with what each check rules out and by how
    much, everything that the closest instance is missing (the attribute, the port and who has it),
    whether waiting can help, and which one change would.

    Raises:
        UsageError: as ``service_event``.
    """
    lines = [f"{_beginning(service, explained, form)} {UNABLE}"]
    if not explained.candidates:
        return sanitize(f"{lines[0]} {EMPTY}")
    return "\n".join([sanitize(lines[0]), *str(explained).split("\n")])
