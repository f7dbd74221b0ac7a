"""Events of services, in ECS's sentences (S3.3, 2.14).

In: an account, a service, what happened.  Out: events of the service, also in the history.  A text
is not repeated before its cause ends or six hours pass (D26).
"""

from __future__ import annotations

from collections.abc import Sequence

from placement.ecs.control.account import Account
from placement.ecs.control.services.records import Event, ServiceRecord
from placement.timestamps import SECOND

__all__ = ["AGAIN_AFTER", "end_of_cause", "listed", "say", "say_once"]

AGAIN_AFTER = 6 * 3600 * SECOND
"""After this time the same event is said again (D26)."""

MOST_LISTED = 10
"""Tasks that one event lists (D26)."""


def say(account: Account, service: ServiceRecord, text: str) -> None:
    """Add an event: ``(service NAME) `` and the text."""
    message = f"(service {service.name}) {text}"
    service.events.append(Event(account.new_uuid(), account.time.datetime, message))
    account.time.record(service.arn, "event", message)


def say_once(account: Account, service: ServiceRecord, cause: str, text: str) -> None:
    """Add an event unless its cause has led to the same text within six hours."""
    known = service.said.get(cause)
    now = account.time.now
    if known is not None and known[0] == text and now - known[1] < AGAIN_AFTER:
        return
    service.said[cause] = text, now
    say(account, service, text)


def end_of_cause(service: ServiceRecord, cause: str) -> None:
    """A cause has ended: when it comes again, its event is said again."""
    service.said.pop(cause, None)


def listed(ids: Sequence[str]) -> list[tuple[int, str]]:
    """Return numbers and lists of tasks, ten ids at most in each: ``(task ID) (task ID)``."""
    found = []
    for at in range(0, len(ids), MOST_LISTED):
        some = ids[at : at + MOST_LISTED]
        found.append((len(some), " ".join(f"(task {id})" for id in some)))
    return found
