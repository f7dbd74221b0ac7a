"""The Cluster Query Language of Amazon ECS, compiled to masks over an instance-attribute matrix.

>>> import placement
>>> cluster = placement.Cluster()
>>> cluster.register(placement.Instance(id="i-1", attributes={"stack": "prod"}))
0
>>> placement.compile("attribute:stack == prod").select(cluster)
['i-1']
"""

from typing import TYPE_CHECKING, Any

from placement.engine.cluster import Cluster
from placement.engine.prepared import PreparedRequest
from placement.engine.request import (
    BinPack,
    DistinctInstance,
    MemberOf,
    Random,
    Spread,
    Task,
)
from placement.engine.results import Placement, Placements, PlaceOnResult, Request
from placement.errors import (
    CqlError,
    DocumentError,
    InstanceError,
    PlacementError,
    Problem,
    RegexTimeout,
    Span,
    StaleExplanation,
    TaskError,
    UsageError,
)
from placement.model import STATUSES, Instance
from placement.query.query import Query, compile

if TYPE_CHECKING:
    from placement.engine.columns import TextColumn
    from placement.engine.explain import PlacementExplanation, Shortfall
    from placement.engine.plugins import Filter, Ranker, Reporter, Step
    from placement.engine.views import PlacedTask, Usage
    from placement.query.explain import Explanation
    from placement.query.lint import Lint, lint

__all__ = [
    "STATUSES",
    "BinPack",
    "Cluster",
    "CqlError",
    "DistinctInstance",
    "DocumentError",
    "Explanation",
    "Filter",
    "Instance",
    "InstanceError",
    "Lint",
    "MemberOf",
    "PlaceOnResult",
    "PlacedTask",
    "Placement",
    "PlacementError",
    "PlacementExplanation",
    "Placements",
    "PreparedRequest",
    "Problem",
    "Query",
    "Random",
    "Ranker",
    "RegexTimeout",
    "Reporter",
    "Request",
    "Shortfall",
    "Span",
    "Spread",
    "StaleExplanation",
    "Step",
    "Task",
    "TaskError",
    "TextColumn",
    "Usage",
    "UsageError",
    "compile",
    "lint",
]

_LATER = {
    "PlacementExplanation": "placement.engine.explain",
    "Shortfall": "placement.engine.explain",
    "TextColumn": "placement.engine.columns",
    "PlacedTask": "placement.engine.views",
    "Usage": "placement.engine.views",
    "Filter": "placement.engine.plugins",
    "Ranker": "placement.engine.plugins",
    "Reporter": "placement.engine.plugins",
    "Step": "placement.engine.plugins",
    "Explanation": "placement.query.explain",
    "Lint": "placement.query.lint",
    "lint": "placement.query.lint",
}
"""Names that not every program needs, and where they are: imported when first asked for."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return value
