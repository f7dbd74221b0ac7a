"""An account for calls about services, whose time stands still, and the records behind it."""

from __future__ import annotations

from typing import Any

from against_botocore import Checked
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.options import Options
from placement.ecs.session import Session

__all__ = ["checked_session", "service_record"]

CONTAINER = {"name": "app", "image": "app", "memory": 64, "portMappings": [{"containerPort": 80}]}


def checked_session(**options: Any) -> Checked:
    """Return a client of a new session with two revisions of ``web``, held to botocore's model."""
    client = Checked(Session(seed=1, options=Options(**options)).client("ecs"))
    client.create_cluster()
    for image in ("app:1", "app:2"):
        client.register_task_definition(
            family="web", containerDefinitions=[{**CONTAINER, "image": image}]
        )
    return client


def service_record(client: Checked, name: str = "web") -> ServiceRecord:
    """Return the record of a service of the default cluster."""
    found: ServiceRecord = client.client._account.clusters["default"].services[name]
    return found
