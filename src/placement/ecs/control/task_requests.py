"""What the tasks of one call or deployment share, and where one of them is placed.

In: nothing.  Out: the classes.  Must not know calls.
"""

from __future__ import annotations

import attrs

from placement.ecs.control.networks import Network
from placement.ecs.control.records import Document, InstanceRecord
from placement.ecs.control.task_records import TaskSettings
from placement.ecs.control.task_variants import TaskVariant

__all__ = ["TaskLocation", "TaskRequest"]


@attrs.frozen(eq=False)
class TaskRequest:
    """What the tasks of one call share.

    Attributes:
        variant: Their definition with the overrides, the network and the launch type of the call.
        settings: What their records say of it.
        network: Where their interfaces can be.
        tags: Their tags, those of the definition among them where they are propagated.
    """

    variant: TaskVariant
    settings: TaskSettings
    network: Network
    tags: list[Document]


@attrs.frozen(eq=False)
class TaskLocation:
    """Where a task is: on an instance with its number in the engine, or on Fargate in a zone.

    One that ``waits`` is nowhere yet: it is PROVISIONING until an instance has room (S11.3).
    """

    instance: InstanceRecord | None = None
    number: int | None = None
    zone: str | None = None
    waits: bool = False
