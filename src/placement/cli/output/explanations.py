"""Tasks and explanations of placement as the documents and lines that commands print.

In: a cluster, ``PlacementExplanation``, what instances are missing.  Out: JSON in the form of the
API's answers, and one line of text for each instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from placement import Cluster, Task
from placement.cli.output.instance_rows import InstanceRow

if TYPE_CHECKING:
    from placement import PlacementExplanation, Shortfall

__all__ = ["explanation_document", "missing_in_one_line", "shortfall_document", "task_document"]


def task_document(
    task: Task, row: InstanceRow, *, group: str, definition: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a task on an instance as RunTask answers it, without what is known once it starts.

    Args:
        task: What it asks for.
        row: Its container instance.
        group: Its group.
        definition: The ARN of its definition, or ``family:revision``.
        parameters: Those of the call, for ``overrides`` and ``startedBy``.
    """
    document = {
        "availabilityZone": row.zone,
        "containerInstanceArn": row.arn,
        "cpu": str(task.cpu),
        "desiredStatus": "RUNNING",
        "group": group,
        "lastStatus": "PENDING",
        "launchType": task.launch_type,
        "memory": str(task.memory),
        "overrides": parameters.get("overrides"),
        "startedBy": parameters.get("startedBy"),
        "taskDefinitionArn": definition,
    }
    return {name: value for name, value in document.items() if value}


def explanation_document(
    cluster: Cluster, known: Mapping[str, InstanceRow], explained: PlacementExplanation
) -> dict[str, Any]:
    """Return an explanation as JSON; instances are named by ARN, reasons by C17's codes.

    ``known`` has the container instances of the cluster by id.
    """
    ids = cluster.ids
    return {
        "candidates": explained.candidates,
        "fitting": explained.fitting,
        "shortfalls": [
            shortfall_document(one, lambda id: ("containerInstanceArn", known[id].arn))
            for one in explained.shortfalls
        ],
        "closest": explained.closest and known[explained.closest].arn,
        "missing": list(explained.missing),
        "neverFits": explained.never_fits,
        "remedies": [{"without": text, "instances": count} for text, count in explained.remedies],
        "unknownTasks": explained.unknown_tasks,
        "unknownInterfaces": explained.unknown_interfaces,
        "unknownNeuronDevices": explained.unknown_neuron_devices,
        "instances": [
            {"containerInstanceArn": known[ids[row] or ""].arn, "reasons": list(reasons)}
            for row, reasons in explained.failures.items()
        ],
    }


def shortfall_document(
    shortfall: Shortfall, named: Callable[[str], tuple[str, str]]
) -> dict[str, Any]:
    """Return a shortfall as JSON.

    For an amount: what is wanted, the best that one of the instances ruled out has left, the unit,
    and which of them that is and how much it lacks.  What rules instances out is named where the
    reason alone does not say it.

    Args:
        shortfall: The shortfall.
        named: How the document names an instance of an id: the key and the value.
    """
    document: dict[str, Any] = {"reason": shortfall.reason, "instances": shortfall.instances}
    if shortfall.unit is not None and shortfall.nearest is not None:
        key, name = named(shortfall.nearest)
        document |= {
            "wanted": shortfall.wanted,
            "best": shortfall.best,
            "unit": shortfall.unit[1],
            "nearest": {key: name, "lacks": shortfall.lacks},
        }
    if shortfall.causes:
        document["causes"] = [
            {"cause": text, "instances": count} for text, count in shortfall.causes
        ]
    return document


def missing_in_one_line(missing: Iterable[str]) -> str:
    """Return what an instance is missing as one line.

    Of a reason with several lines, which marks a place in an expression with carets, the first is
    taken; the expression itself follows in parentheses.
    """
    parts: list[str] = []
    for reason in missing:
        first = reason.split("\n")[0]
        if parts and reason.startswith(" "):
            parts[-1] += f" ({first.strip()})"
        else:
            parts.append(first)
    return "; ".join(parts)
