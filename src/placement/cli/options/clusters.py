"""``--cluster``: which of the clusters in the files of ``--state`` is meant.

In: a state and a name or an ARN.  Out: the state of that cluster alone.  Which cluster an instance
or a task belongs to, its ARN says; one whose ARN does not (the form of ARNs before 2018) is in all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
import click

from placement import DocumentError
from placement.cli.options.state import State
from placement.documents.dump import ClusterDump, DumpPart
from placement.errors import describe_value

__all__ = ["of_one_cluster"]

_OWN_ARN = {"containerInstances": "containerInstanceArn", "tasks": "taskArn"}
"""The lists whose elements belong to a cluster, and the field that says to which."""


def of_one_cluster(state: State, name: str | None) -> State:
    """Return the state of one cluster: of the one that is named, or of the only one.

    Raises:
        DocumentError: the state does not have the cluster.
        UsageError: it has several, and none is named.
    """
    names = _names(state)
    if name is None and len(names) > 1:
        raise click.UsageError(
            "the files of --state describe several clusters: give --cluster, one of "
            f"{', '.join(names)}"
        )
    if name is None:
        return state
    short = name.rpartition("/")[2]
    if names and short not in names:
        message = f"cluster {describe_value(name)} is not in the files of --state: they describe "
        raise DocumentError(message + ", ".join(names), "")
    if names in ([], [short]):
        return state
    parts = [kept for part in state.dump.parts for kept in _kept(part, short)]
    return attrs.evolve(state, dump=ClusterDump(parts))


def _names(state: State) -> list[str]:
    """Return the names of the clusters that the container instances belong to."""
    names = (_cluster_of(one, "containerInstanceArn") for one in _instances(state))
    return [name for name in dict.fromkeys(names) if name is not None]


def _instances(state: State) -> Iterable[Any]:
    return state.dump.elements("containerInstances")


def _kept(part: DumpPart, cluster: str) -> Iterator[DumpPart]:
    """Yield what is left of a part, an element each, so that errors keep their paths."""
    arn = _OWN_ARN.get(part.name)
    if arn is None:
        yield part
        return
    for number, element in enumerate(part.elements):
        if _cluster_of(element, arn) in (None, cluster):
            path = part.path if part.single else f"{part.path}[{number}]"
            yield attrs.evolve(part, elements=[element], path=path, single=True)


def _cluster_of(element: Any, arn: str) -> str | None:
    """Return the name of the cluster that the ARN of an element has, None if it has none."""
    text = element.get(arn) if isinstance(element, Mapping) else None
    if not isinstance(text, str):
        return None
    parts = text.split("/")  # arn:...:container-instance/CLUSTER/ID
    return parts[1] if len(parts) == 3 else None
