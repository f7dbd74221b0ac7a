"""The Cluster Query Language of Amazon ECS, compiled to masks over an instance-attribute matrix.

>>> import placement
>>> cluster = placement.Cluster()
>>> cluster.register(placement.Instance(id="i-1", attributes={"stack": "prod"}))
0
>>> placement.compile("attribute:stack == prod").select(cluster)
['i-1']
"""

from placement.errors import (
    CqlError,
    DocumentError,
    InstanceError,
    PlacementError,
    Problem,
    RegexTimeout,
    Span,
    TaskError,
    UsageError,
)
from placement.model import STATUSES, Instance
from placement.query.explain import Explanation
from placement.query.lint import Lint, lint
from placement.query.query import Query, compile
from placement.state.cluster import Cluster

__all__ = [
    "STATUSES",
    "Cluster",
    "CqlError",
    "DocumentError",
    "Explanation",
    "Instance",
    "InstanceError",
    "Lint",
    "PlacementError",
    "Problem",
    "Query",
    "RegexTimeout",
    "Span",
    "TaskError",
    "UsageError",
    "compile",
    "lint",
]
