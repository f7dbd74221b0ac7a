"""A small cluster from the examples, one mask of a query: what a new process does first."""

import json
from pathlib import Path

import placement

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
EXPRESSION = r"attribute:ecs.instance-type =~ g4dn\..* and attribute:ecs.availability-zone != a"

cluster = placement.Cluster.from_ecs(json.loads((EXAMPLES / "cluster.json").read_text("utf-8")))
assert len(placement.compile(EXPRESSION).mask(cluster)) == cluster.rows
