"""Reports and fits as JSON documents.

In: a ``Report`` or a ``Fit``.  Out: plain objects, with names as the API spells them; amounts are
CPU units, MiB and whole GPUs.  Keys are added, never renamed.
"""

from __future__ import annotations

from typing import Any

from placement.cli.output.explanations import shortfall_document
from placement.planning import Amount, Fit, Fragmentation, MachinesNeeded, NoMachine, Report, Use

__all__ = ["fit_document", "report_document"]


def report_document(report: Report, arns: dict[str, str]) -> dict[str, Any]:
    """Return a report; ``arns`` are those of the container instances by id."""
    return {
        "total": _use(report.total),
        "zones": [{"availabilityZone": zone, **_use(use)} for zone, use in report.by_zone.items()],
        "instanceTypes": [
            {"instanceType": type, **_use(use)} for type, use in report.by_type.items()
        ],
        "instances": [
            {
                "containerInstanceArn": arns[one.id],
                "availabilityZone": one.zone,
                "instanceType": one.type,
                "status": one.status,
                "agentConnected": one.connected,
                **_use(one.use),
            }
            for one in report.by_instance
        ],
        "largestTasks": [
            {
                "availabilityZone": zone,
                "cpu": pair.cpu,
                "memory": pair.memory,
                "containerInstanceArns": [arns[id] for id in pair.instances],
            }
            for zone, pairs in report.largest.items()
            for pair in pairs
        ],
        "fragmentation": report.fragmentation and _fragmentation(report.fragmentation),
        "groups": [
            {
                "group": group.name,
                "tasks": group.tasks,
                "instances": group.instances,
                "zones": [
                    {"availabilityZone": zone, "tasks": tasks}
                    for zone, tasks in group.by_zone.items()
                ],
            }
            for group in report.groups
        ],
        "unknownTasks": report.unknown_tasks,
    }


def fit_document(found: Fit, explanation: dict[str, Any]) -> dict[str, Any]:
    """Return how many tasks fit; ``explanation`` is what one more would meet, as JSON."""
    return {
        "count": found.wanted,
        "fitting": found.fitting,
        "mayFitMore": found.is_counted_out,
        "explanation": explanation,
        "machines": found.machines and _machines(found.machines),
        "noMachine": found.no_machine and _no_machine(found.no_machine),
    }


def _use(use: Use) -> dict[str, Any]:
    return {
        "instanceCount": use.instances,
        "takingTasks": use.taking,
        "runningTasksCount": use.tasks,
        "cpu": _amount(use.cpu),
        "memory": _amount(use.memory),
        "gpus": _amount(use.gpus),
        "networkInterfaces": _amount(use.interfaces),
        "unknownInterfaces": use.unknown_interfaces,
        "hostPorts": use.ports,
        "exhausted": dict(use.exhausted),
    }


def _amount(amount: Amount) -> dict[str, int]:
    return {
        "registered": amount.registered,
        "used": amount.used,
        "remaining": amount.remaining,
        "reserved": amount.reserved,
    }


def _fragmentation(found: Fragmentation) -> dict[str, Any]:
    return {
        "taskDefinition": found.definition,
        "tasks": found.tasks,
        "definitionKnown": found.is_definition_known,
        "instanceCount": found.instances,
        "instancesWithoutRoom": found.instances_without_room,
        "free": {
            "cpu": found.free_cpu,
            "memory": found.free_memory,
            "gpus": found.free_gpus,
        },
        "stranded": {
            "cpu": found.stranded_cpu,
            "memory": found.stranded_memory,
            "gpus": found.stranded_gpus,
        },
        "reasons": dict(found.reasons),
    }


def _machines(needed: MachinesNeeded) -> dict[str, Any]:
    price = None
    if needed.price is not None:
        price = {
            "currency": "USD",
            "perHourEach": str(needed.price),
            "perHour": str(needed.total_price),
            "region": needed.region,
            "source": needed.source,
        }
    return {
        "count": needed.count,
        "instanceType": needed.instance_type,
        "availabilityZone": needed.zone,
        "tasksEach": needed.tasks_each,
        "price": price,
    }


def _no_machine(found: NoMachine) -> dict[str, Any]:
    document: dict[str, Any] = {"reason": found.why.name, "message": found.why.value}
    if found.explanation is not None:
        document["shortfalls"] = [
            shortfall_document(one, lambda id: ("machine", id))
            for one in found.explanation.shortfalls
        ]
        document["candidates"] = found.explanation.candidates
        document["closest"] = found.explanation.closest
        document["missing"] = list(found.explanation.missing)
    return document
