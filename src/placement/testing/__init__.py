"""Hypothesis strategies for tests of programs that use this library (they need Hypothesis).

Property-test your own scheduler, simulator or client with the inputs that this library is tested
with: instances, documents of the ECS API, whole clusters, expressions as trees and as texts,
histories of changes.  Names and values are drawn from small shared pools, so that expressions meet
the clusters they are asked about and come out true about as often as false.

>>> import placement
>>> from hypothesis import given
>>> from placement.testing import clusters, expression_texts
>>> @given(clusters(), expression_texts())
... def test_a_scheduler_asks_for_no_instance_that_does_not_match(cluster, text):
...     query = placement.compile(text)
...     for instance_id in query.select(cluster):
...         assert query.matches(cluster, instance_id)
>>> test_a_scheduler_asks_for_no_instance_that_does_not_match()

Where a scheduler keeps state of its own beside a cluster, give both the same history and compare:

>>> from placement.testing import histories, replay
>>> @given(histories())
... def test_what_is_counted_is_what_is_registered(history):
...     cluster = placement.Cluster()
...     replay(history, cluster)
...     assert len(cluster) == sum(id is not None for id in cluster.ids)
>>> test_what_is_counted_is_what_is_registered()

A scheduler of your own, wrapped in the few calls of ``Scheduler``, is put through random histories
by a state machine that keeps its own record of every task:

>>> from placement.testing import ClusterScheduler, scheduler_machine
>>> TestScheduler = scheduler_machine(ClusterScheduler).TestCase

Every strategy yields valid input, ``damaged_texts`` excepted.  A history may hold changes that a
cluster refuses; ``replay`` notes the refusal and goes on.
"""

try:
    import hypothesis as _hypothesis
except ImportError as error:
    raise ImportError("placement.testing needs Hypothesis: pip install hypothesis") from error

from placement.testing.changes import Change, build_cluster, clusters, histories, replay
from placement.testing.expressions import expressions
from placement.testing.inventory import (
    attribute_names,
    attribute_values,
    attributes,
    documents,
    instances,
)
from placement.testing.machine import scheduler_machine
from placement.testing.requests import chains, constraints, requests, roomy_instances, tasks
from placement.testing.scheduler import (
    ClusterScheduler,
    Reading,
    Scheduler,
    SupportsCopy,
    SupportsTrial,
)
from placement.testing.texts import damaged_texts, expression_texts

__all__ = [
    "Change",
    "ClusterScheduler",
    "Reading",
    "Scheduler",
    "SupportsCopy",
    "SupportsTrial",
    "attribute_names",
    "attribute_values",
    "attributes",
    "build_cluster",
    "chains",
    "clusters",
    "constraints",
    "damaged_texts",
    "documents",
    "expression_texts",
    "expressions",
    "histories",
    "instances",
    "replay",
    "requests",
    "roomy_instances",
    "scheduler_machine",
    "tasks",
]

del _hypothesis
