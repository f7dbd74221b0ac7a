"""The median time of ``cluster.place(task)``, with ``placement.ecs`` in the process or without.

Usage: python -m children.layered_place with|without NODES CALLS
"""

import json
import sys
from statistics import median

import harness  # first: it limits every library to one thread
from harness.kernels import take_kernels
from harness.plan import load
from harness.stream import make_stream
from harness.timing import quiet, sample
from peers.placing.ours import how, instances, task_of

kind, nodes, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
assert harness.PINNED
assert "placement.ecs" not in sys.modules, "import placement must not import placement.ecs"
if kind == "with":
    import placement.ecs

    client = placement.ecs.Client()
    client.create_cluster(clusterName="other")
    assert client.list_clusters()["clusterArns"]

plan = load()
take_kernels()
cluster = instances(plan.nodes, nodes)
stream = make_stream(plan, "packed", nodes, calls)
requests = [(task_of(each), how(each)) for each in stream.applications]
times = []
with quiet():
    for a in stream.order.tolist():
        task, arguments = requests[a]
        times.append(sample(lambda: cluster.place(task, **arguments)))  # noqa: B023
assert ("placement.ecs" in sys.modules) == (kind == "with")
print(json.dumps({"ns": median(times[calls // 2 :])}))
