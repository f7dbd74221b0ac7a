"""Amazon ECS in memory: boto3's calls, documents and errors, placed by ``placement.Cluster``."""

from typing import TYPE_CHECKING, Any

from placement.ecs.errors import ClientError, ParamValidationError, botocore_errors

if TYPE_CHECKING:
    from placement.ecs.client import Client

__all__ = ["Client", "ClientError", "ParamValidationError", "botocore_errors"]

_LATER = {
    "Client": "placement.ecs.client",
}
"""Names that are imported when first asked for, and where they are."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return value
