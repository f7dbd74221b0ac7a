"""A small cluster from the examples, one task placed: what a new process does first."""

import json
from pathlib import Path

import placement

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

cluster = placement.Cluster.from_ecs(json.loads((EXAMPLES / "cluster.json").read_text("utf-8")))
member = placement.MemberOf("attribute:ecs.instance-type =~ m5.*")
task = placement.Task(cpu=256, memory=512)
assert len(cluster.place(task, group="service:web", constraints=[member]).rows) == 1
