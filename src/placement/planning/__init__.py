"""What a cluster holds, what still fits, and how many more machines tasks need.

In: a ``Cluster`` of the engine, a task, a description of new machines.  Out: values (``Report``,
``Fit``); the cluster is as it was.  Whether a task fits is decided by the engine, in a trial or by
its explanation, and nowhere estimated.  Knows no documents, no client and no command line.
"""

from __future__ import annotations

from placement.planning.amounts import Amount, Use
from placement.planning.architectures import check_architecture
from placement.planning.fit import Fit, MachinesNeeded, NoMachine, WhyNoMachine, fit
from placement.planning.fragmentation import Fragmentation, most_frequent_definition
from placement.planning.machines import NewMachine
from placement.planning.report import GroupUse, InstanceUse, Pair, Report, report
from placement.planning.zones import check_zone

__all__ = [
    "Amount",
    "Fit",
    "Fragmentation",
    "GroupUse",
    "InstanceUse",
    "MachinesNeeded",
    "NewMachine",
    "NoMachine",
    "Pair",
    "Report",
    "Use",
    "WhyNoMachine",
    "check_architecture",
    "check_zone",
    "fit",
    "most_frequent_definition",
    "report",
]
