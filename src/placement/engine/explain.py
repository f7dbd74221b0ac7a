"""Why a task finds no room, or how many instances have room for it (C20, A41).

In: a request and the columns of a cluster.  Out: ``PlacementExplanation``: for every check how many
instances
it rules out and in which quantities, the closest instance and everything it lacks, whether waiting
can help, and which one change would.  Everything is worked out when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks import (
    Criteria,
    PreparedCheck,
    all_rows,
    ready_checks,
    required_attributes,
    static_ports,
)
from placement.engine.request import MemberOf
from placement.engine.satisfiability import Connected, failing_conditions, possible_truths
from placement.errors import caret_line, sanitize
from placement.kernels.fields import (
    CPU,
    GPU,
    INTERFACE,
    MAX_PORTS,
    MEMORY,
    NO_OWNER,
    RESERVED,
    UNKNOWN_OWNER,
)
from placement.model import UDP
from placement.query.explain import explain
from placement.state.store import RowRecord

if TYPE_CHECKING:
    from placement.state.store import Store

__all__ = ["PlacementExplanation", "Shortfall", "explain_request", "missing_of_all"]

Mask = npt.NDArray[np.bool_]

_SENTENCES = {
    "INACTIVE": ("is not ACTIVE", "are not ACTIVE"),
    "AGENT": ("has a disconnected agent", "have a disconnected agent"),
    "ATTRIBUTE": ("lacks a required attribute", "lack a required attribute"),
    "LOCATION": ("is in another zone", "are in another zone"),
    "RESOURCE:CPU": ("lacks cpu", "lack cpu"),
    "RESOURCE:MEMORY": ("lacks memory", "lack memory"),
    "RESOURCE:PORTS": ("has a port taken, or too many", "have a port taken, or too many"),
    "RESOURCE:ENI": ("has no network interface left", "have no network interface left"),
    "RESOURCE:GPU": ("lacks GPUs", "lack GPUs"),
    "MEMBER_OF": ("fails a memberOf constraint", "fail a memberOf constraint"),
    "DISTINCT_INSTANCE": ("has a task of the group already", "have a task of the group already"),
}
"""What is said of one instance, and of several."""


@attrs.frozen
class Shortfall:
    """How many candidates one check rules out, and for a resource in which quantities."""

    reason: str
    instances: int
    wanted: int | None = None
    best: int | None = None
    """The most that any candidate has left."""

    def __str__(self) -> str:
        name = self.reason.removeprefix("RESOURCE:")
        other = (f"lacks {name}", f"lack {name}")
        if name == self.reason:  # a filter of others
            other = (f"is ruled out by {name}", f"are ruled out by {name}")
        text = f"{self.instances} {_SENTENCES.get(self.reason, other)[self.instances != 1]}"
        return (
            text if self.wanted is None else f"{text} (wanted {self.wanted}, best free {self.best})"
        )


@attrs.frozen
class PlacementExplanation:
    """Why, as values; ``str()`` tells it.

    Attributes:
        candidates: How many instances there are that are not INACTIVE.
        fitting: How many of them have room now.
        failures: For each row that has not, the reasons in C17's order.
        shortfalls: For each reason how many instances it rules out, the most first.
        closest: The id of the closest instance (A41), or of the first that fits; else None.
        missing: What the closest instance is missing, named.
        never_fits: No registered instance would do if it were empty, ACTIVE and connected.
        remedies: What one change would help: a text, and how many instances fit then.
        unknown_tasks: Running tasks of which no group is known (C10).
        unknown_interfaces: Instances whose number of network interfaces is not known (C12).
    """

    candidates: int
    fitting: int
    failures: Mapping[int, tuple[str, ...]]
    shortfalls: tuple[Shortfall, ...]
    closest: str | None
    missing: tuple[str, ...]
    never_fits: bool
    remedies: tuple[tuple[str, int], ...]
    unknown_tasks: int
    unknown_interfaces: int

    def __str__(self) -> str:
        return sanitize("\n".join(self._lines()))

    def _lines(self) -> list[str]:
        if not self.candidates:
            return ["no container instances were found in the cluster"]
        if self.fitting:
            has = "has" if self.fitting == 1 else "have"
            lines = [f"{self.fitting} of {self.candidates} instances {has} room"]
        else:
            when = "not ever" if self.never_fits else "not now"
            lines = [f"none of {self.candidates} instances has room ({when})"]
        lines += [f"  {shortfall}" for shortfall in self.shortfalls]
        if not self.fitting:
            lines.append(f"closest is {self.closest}:")
            lines += [f"  {line}" for lack in self.missing for line in lack.split("\n")]
        lines += [
            f"without {change} {count} instance{' fits' if count == 1 else 's fit'}"
            for change, count in self.remedies
        ]
        if self.unknown_tasks:
            lines.append(
                f"{self.unknown_tasks} running tasks have no known group: task:group, spread and "
                "distinctInstance do not see them"
            )
        if self.unknown_interfaces:
            text = "instances have an unknown number of network interfaces"
            lines.append(f"{self.unknown_interfaces} {text}, which is not checked")
        return lines


def explain_request(store: Store, request: Criteria) -> PlacementExplanation:
    """Return the explanation of a request for now.

    Raises:
        RegexTimeout: a pattern gave no answer in time.
    """
    return _Explainer(store, request).result()


def missing_of_all(store: Store, request: Criteria) -> dict[str, tuple[str, ...]]:
    """Return what each candidate without room lacks, by its id, in words.

    Raises:
        RegexTimeout: a pattern gave no answer in time.
    """
    return _Explainer(store, request).missing_of_all_rows()


class _Explainer:
    """All checks of one request on all rows, and what follows from them."""

    def __init__(self, store: Store, request: Criteria) -> None:
        self.store = store
        self.request = request
        self.rows = len(store.ids)
        inactive = store.status.dictionary.codes.get("INACTIVE", -1)
        self.candidates = store.live[: self.rows] & (
            store.matrix.row(store.status)[: self.rows] != inactive
        )
        self.passed: dict[str, Mask] = {}
        self.checks: list[tuple[str, Mask]] = []
        for check in ready_checks(store, request):
            mask = self._mask(check)
            self.checks.append((check.reason, mask))
            known = self.passed.get(check.reason)
            self.passed[check.reason] = mask if known is None else known & mask

    def _mask(self, check: PreparedCheck) -> Mask:
        mask = np.ones(self.rows, np.bool_)
        check.keep(mask, all_rows(self.store))
        return mask

    def _failures(self) -> tuple[Mask, dict[int, tuple[str, ...]]]:
        """Return which rows fit, and the reasons of each candidate that does not."""
        passed = np.stack([np.ones(self.rows, np.bool_), *self.passed.values()])
        fits = passed.all(axis=0) & self.candidates
        reasons = list(self.passed)
        failing = np.flatnonzero(self.candidates & ~fits).tolist()
        return fits, {
            row: tuple([r for r, ok in zip(reasons, passed[1:, row], strict=True) if not ok])
            for row in failing
        }

    def missing_of_all_rows(self) -> dict[str, tuple[str, ...]]:
        _, failures = self._failures()
        return {
            self.store.ids[row] or "": self._missing_texts(row, why)
            for row, why in failures.items()
        }

    def result(self) -> PlacementExplanation:
        fits, failures = self._failures()
        closest = self._closest(np.flatnonzero(fits).tolist(), failures)
        store = self.store
        interface = self.request.task.network_interface
        unknown = store.tasks.resources.registered[: self.rows, INTERFACE] >= 2**59
        running = int(store.tasks.running[: self.rows].sum())
        return PlacementExplanation(
            candidates=int(self.candidates.sum()),
            fitting=int(fits.sum()),
            failures=failures,
            shortfalls=self._shortfalls(),
            closest=None if closest is None else store.ids[closest],
            missing=()
            if closest is None
            else self._missing_texts(closest, failures.get(closest, ())),
            never_fits=not fits.any() and self._never_fits(),
            remedies=() if fits.any() else tuple(self._remedies()),
            unknown_tasks=running - int(store.tasks.grouped_tasks[: self.rows].sum()),
            unknown_interfaces=int((unknown & self.candidates).sum()) if interface else 0,
        )

    def _wanted(self, reason: str) -> tuple[int, int] | None:
        """Return resource and amount of a numeric check."""
        task = self.request.task
        match reason:
            case "RESOURCE:CPU":
                return CPU, task.cpu
            case "RESOURCE:MEMORY":
                return MEMORY, task.memory
            case "RESOURCE:ENI":
                return INTERFACE, 1
            case "RESOURCE:GPU":
                return GPU, task.gpus
        name = reason.removeprefix("RESOURCE:")
        if name == reason or name not in task.resources:
            return None
        return self.store.tasks.resource(name), task.resources[name]

    def _shortfalls(self) -> tuple[Shortfall, ...]:
        found = []
        for reason, mask in self.passed.items():
            count = int((self.candidates & ~mask).sum())
            numeric = self._wanted(reason)
            if count and numeric is None:
                found.append(Shortfall(reason, count))
            elif count and numeric is not None:
                left = self.store.tasks.resources.free[: self.rows, numeric[0]][self.candidates]
                found.append(Shortfall(reason, count, numeric[1], int(left.max())))
        return tuple(sorted(found, key=lambda shortfall: -shortfall.instances))

    # The closest instance

    def _closest(self, fitting: list[int], failures: Mapping[int, tuple[str, ...]]) -> int | None:
        if fitting:
            return fitting[0]
        order = {reason: place for place, reason in enumerate(self.passed)}
        best = None
        for row, failed in failures.items():
            place = (-order[failed[0]], len(failed))
            if best is None or place < best[0]:
                best = (place, self._missing_share(row, failed[0]), row)
            elif place == best[0]:
                missing = self._missing_share(row, failed[0])
                if missing < best[1]:
                    best = (place, missing, row)
        return None if best is None else best[2]

    def _missing_share(self, row: int, reason: str) -> Fraction:
        """Return how much of the first failed check is missing (A41)."""
        numeric = self._wanted(reason)
        if numeric is not None:
            resource, wanted = numeric
            return Fraction(wanted - int(self.store.tasks.resources.free[row, resource]), wanted)
        if reason == "ATTRIBUTE":
            return Fraction(len(self._unmet(row)))
        if reason == "RESOURCE:PORTS":
            taken, excess = self._ports(row)
            return Fraction(len(taken) + excess)
        return Fraction(0)

    def _unmet(self, row: int) -> list[str]:
        """Return the requirements of attributes that a row does not meet, named."""
        record = RowRecord(self.store, row)
        unmet: dict[str, None] = {}
        external = record.text("attribute:ecs.capability.external") is not None
        if external and self.request.task.launch_type == "EC2":
            unmet["it is external, but the launch type is EC2"] = None
        required = required_attributes(self.request.task)
        if self.request.task.launch_type == "EXTERNAL":
            required.append(("ecs.capability.external", None))
        for name, value in required:
            has = record.text(f"attribute:{name}")
            if value is None and has is None:
                unmet[f"attribute {name} is missing"] = None
            elif value is not None and has != value:
                state = "missing" if has is None else f"{has!r}"
                unmet[f"attribute {name} is {state}, not {value!r}"] = None
        return list(unmet)

    def _ports(self, row: int) -> tuple[list[int], int]:
        """Return the wanted ports that are taken on a row, and how many there are too many."""
        tasks = self.store.tasks
        wanted = static_ports(self.request.task)
        taken = [port for port in wanted if tasks.ports.owner(row, port) != NO_OWNER]
        return taken, max(0, int(tasks.ports.taken[row]) + len(wanted) - MAX_PORTS)

    def _missing_texts(self, row: int, failed: tuple[str, ...]) -> tuple[str, ...]:
        missing: list[str] = []
        for reason in failed:
            numeric = self._wanted(reason)
            if numeric is not None:
                left = int(self.store.tasks.resources.free[row, numeric[0]])
                name = reason.removeprefix("RESOURCE:")
                missing.append(f"{reason}: wanted {numeric[1]} {name.lower()}, {left} left")
            elif reason == "ATTRIBUTE":
                missing += [f"ATTRIBUTE: {text}" for text in self._unmet(row)]
            elif reason == "RESOURCE:PORTS":
                missing += self._port_lacks(row)
            elif reason == "MEMBER_OF":
                missing += self._member_lacks(row)
            else:
                missing.append(f"{reason}: {self._other_lack(reason, row)}")
        return tuple(missing)

    def _other_lack(self, reason: str, row: int) -> str:
        record = RowRecord(self.store, row)
        match reason:
            case "INACTIVE":
                return f"its status is {record.text('status')}"
            case "AGENT":
                return "its agent is not connected"
            case "LOCATION":
                zone = record.text("attribute:ecs.availability-zone")
                return f"its zone is {zone}, not {' or '.join(self.request.task.zones)}"
        if reason != "DISTINCT_INSTANCE":
            return "the filter of this name rules it out"
        return f"a task of {self.request.group} is there already"

    def _port_lacks(self, row: int) -> list[str]:
        taken, excess = self._ports(row)
        lines = []
        for port in taken:
            holder = self.store.tasks.ports.owner(row, port)
            name = f"udp port {port - UDP}" if port >= UDP else f"tcp port {port}"
            lines.append(f"RESOURCE:PORTS: {name} {self._holder(holder)}")
        if excess:
            used = int(self.store.tasks.ports.taken[row])
            lines.append(f"RESOURCE:PORTS: {used} of {MAX_PORTS} static ports are taken")
        return lines

    def _holder(self, holder: int) -> str:
        """Return in words who has a port; a task that came in a document also by its ARN's end."""
        if holder == RESERVED:
            return "is reserved"
        if holder == UNKNOWN_OWNER:
            return "is held by a task that is not known here"
        arn = self.store.arns.get(holder)
        known = "" if arn is None else f" ({arn.rpartition('/')[2]})"
        return f"is held by task {holder}{known}"

    def _member_lacks(self, row: int) -> list[str]:
        lines = []
        for constraint in self.request.member_of:
            query = constraint.query
            found = explain(query.tree, query.typed, RowRecord(self.store, row))
            if not found.truth:
                for part in failing_conditions(found, wanted=True):
                    state = "true" if part.truth else "false"
                    lines.append(f"MEMBER_OF: {state}, {part.described_value()}")
                    lines.append(caret_line(query.text, part.span))
        return lines

    # Not ever, and what would help

    def _never_fits(self) -> bool:
        """Return whether no instance would do if it were empty, ACTIVE and connected (C20)."""
        tasks = self.store.tasks
        mask = self.candidates.copy()
        for reason, passed in self.checks:
            if reason in ("ATTRIBUTE", "LOCATION"):
                mask &= passed
            numeric = self._wanted(reason)
            if numeric is not None:
                mask &= tasks.resources.registered[: self.rows, numeric[0]] >= numeric[1]
        return not any(map(self._could, np.flatnonzero(mask).tolist()))

    def _could(self, row: int) -> bool:
        tasks = self.store.tasks
        wanted = static_ports(self.request.task)
        reserved = [port for port in wanted if tasks.ports.owner(row, port) == RESERVED]
        if reserved or (wanted and tasks.ports.reserved_count(row) + len(wanted) > MAX_PORTS):
            return False
        record = Connected(self.store, row)
        return all(True in possible_truths(c.query.typed, record) for c in self.request.member_of)

    def _remedies(self) -> list[tuple[str, int]]:
        """Return for each check that alone keeps instances out how many fit without it."""
        found = []
        for reason in self.passed:
            if reason == "MEMBER_OF":
                continue
            rest = [mask for other, mask in self.passed.items() if other != reason]
            count = int(np.logical_and.reduce([self.candidates, *rest]).sum())
            if count:
                found.append((self._named(reason), count))
        for constraint in self.request.constraints:
            if not isinstance(constraint, MemberOf):
                continue
            others = tuple([c for c in self.request.constraints if c is not constraint])
            count = self._fitting(attrs.evolve(self.request, constraints=others))
            if count:
                found.append((str(constraint.query), count))
        return sorted(found, key=lambda change: -change[1])

    def _named(self, reason: str) -> str:
        if any(custom.reason == reason for custom in self.request.filters):
            return f"the filter {reason}"
        return "distinctInstance" if reason == "DISTINCT_INSTANCE" else f"the check of {reason}"

    def _fitting(self, request: Criteria) -> int:
        mask = self.candidates.copy()
        for check in ready_checks(self.store, request):
            check.keep(mask, all_rows(self.store))
        return int(mask.sum())
