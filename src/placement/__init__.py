"""The Cluster Query Language of Amazon ECS, compiled to masks over an instance-attribute matrix.

>>> import placement
>>> cluster = placement.Cluster()
>>> cluster.register(placement.Instance(id="i-1", attributes={"stack": "prod"}))
0
>>> placement.compile("attribute:stack == prod").select(cluster)
['i-1']
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from placement.engine.cluster import Cluster
    from placement.engine.columns import TextColumn
    from placement.engine.explain import PlacementExplanation, Shortfall
    from placement.engine.plugins import (
        Filter,
        NormalizingRanker,
        Ranker,
        Reporter,
        RequestRanker,
        Step,
    )
    from placement.engine.prepared import PreparedRequest
    from placement.engine.request import (
        AtMost,
        BinPack,
        DistinctInstance,
        MemberOf,
        Random,
        Spread,
        Task,
        ZoneSkew,
    )
    from placement.engine.results import Placement, Placements, PlaceOnResult, Request
    from placement.engine.views import PlacedTask, Reservation, Usage
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
        UncachedKernelsWarning,
        UsageError,
    )
    from placement.model import STATUSES, Instance
    from placement.query.explain import Explanation
    from placement.query.lint import Lint, lint
    from placement.query.query import Query, compile
    from placement.warming import warm

__all__ = [
    "STATUSES",
    "AtMost",
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
    "NormalizingRanker",
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
    "RequestRanker",
    "Reservation",
    "Shortfall",
    "Span",
    "Spread",
    "StaleExplanation",
    "Step",
    "Task",
    "TaskError",
    "TextColumn",
    "UncachedKernelsWarning",
    "Usage",
    "UsageError",
    "ZoneSkew",
    "compile",
    "lint",
    "warm",
]

_MODULES = {
    "placement.engine.cluster": ("Cluster",),
    "placement.engine.columns": ("TextColumn",),
    "placement.engine.explain": ("PlacementExplanation", "Shortfall"),
    "placement.engine.plugins": (
        "Filter",
        "NormalizingRanker",
        "Ranker",
        "Reporter",
        "RequestRanker",
        "Step",
    ),
    "placement.engine.prepared": ("PreparedRequest",),
    "placement.engine.request": (
        "AtMost",
        "BinPack",
        "DistinctInstance",
        "MemberOf",
        "Random",
        "Spread",
        "Task",
        "ZoneSkew",
    ),
    "placement.engine.results": ("PlaceOnResult", "Placement", "Placements", "Request"),
    "placement.engine.views": ("PlacedTask", "Reservation", "Usage"),
    "placement.errors": (
        "CqlError",
        "DocumentError",
        "InstanceError",
        "PlacementError",
        "Problem",
        "RegexTimeout",
        "Span",
        "StaleExplanation",
        "TaskError",
        "UncachedKernelsWarning",
        "UsageError",
    ),
    "placement.model": ("STATUSES", "Instance"),
    "placement.query.explain": ("Explanation",),
    "placement.query.lint": ("Lint", "lint"),
    "placement.query.query": ("Query", "compile"),
    "placement.warming": ("warm",),
}
"""The public names by the module that has them, which is imported when one is first asked for.

So a program pays for what it uses, and the command line can deal with an interrupt while the
library is being loaded.
"""

_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = globals()[name] = getattr(importlib.import_module(_MODULE_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
