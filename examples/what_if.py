"""What if so many more tasks of a definition were run?  And if a zone were drained first?

Usage: python what_if.py dump.json FAMILY[:REVISION] [COUNT]

``dump.json`` is what ``dump_cluster.sh`` prints: JSON documents, one after another.  The definition
is one of those in it.  Nothing happens but in memory.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import placement

ZONE = "ecs.availability-zone"


def pages(text: str) -> Iterator[Any]:
    """Yield the JSON documents that stand in a text one after another."""
    decoder = json.JSONDecoder()
    rest = text.lstrip()
    while rest:
        page, end = decoder.raw_decode(rest)
        yield page
        rest = rest[end:].lstrip()


def definition_of(dump: list[Any], name: str) -> Any:
    """Return a definition by family and revision, or the newest of a family."""
    found = {
        (one["family"], one["revision"]): one
        for page in dump
        for one in [*page.get("taskDefinitions", []), page.get("taskDefinition")]
        if one is not None
    }
    chosen = [key for key in found if name in (key[0], f"{key[0]}:{key[1]}")]
    if not chosen:
        known = ", ".join(f"{family}:{revision}" for family, revision in sorted(found))
        sys.exit(f"no task definition {name} in the dump; there are: {known or 'none'}")
    return found[max(chosen)]


def ask(cluster: placement.Cluster, definition: Any, count: int) -> None:
    """Print where so many tasks of a service would go, and why no more."""
    task = placement.Task.from_ecs(definition)
    with cluster.trial():  # afterwards nothing has happened
        placed = cluster.place(task, count, group=f"service:{task.family}")
        zones = Counter(zone_of(cluster, id) for id in placed.instances)
        print(f"  {len(placed.instances)} of {count} find room: {dict(sorted(zones.items()))}")
        if placed.unplaced:
            print("  " + str(placed.explain()).replace("\n", "\n  "))


def zone_of(cluster: placement.Cluster, id: str) -> str:
    """Return the zone of an instance."""
    return cluster.describe(id).attributes.get(ZONE) or "no zone"


def main() -> None:
    """Ask the two questions."""
    dump = list(pages(Path(sys.argv[1]).read_text("utf-8")))
    definition = definition_of(dump, sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    cluster = placement.Cluster.from_ecs(dump)
    print(f"as it is, {len(cluster)} instances:")
    ask(cluster, definition, count)
    zones = sorted({zone_of(cluster, id) for id in cluster.ids if id is not None} - {"no zone"})
    for zone in zones:
        print(f"with {zone} drained:")
        with cluster.trial():
            for id in placement.compile(f"attribute:{ZONE} == {zone}").select(cluster):
                cluster.set_status(id, "DRAINING")
            ask(cluster, definition, count)


if __name__ == "__main__":
    main()
