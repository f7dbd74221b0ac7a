"""Task definitions for tests: valid ones, in which a test changes what it is about."""

from __future__ import annotations

from typing import Any

C = "containerDefinitions"

MAPPED = f"{C}[0].portMappings"

ROLE = "arn:aws:iam::123456789012:role/r"


def definition(*containers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A definition whose containers get a name, an image and 64 MiB unless they have them."""
    given = [
        {"name": f"c{number}", "image": "nginx", "memory": 64, **container}
        for number, container in enumerate(containers or ({},))
    ]
    return {"family": "web", "containerDefinitions": given, **fields}


def fargate(container: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A definition that Fargate takes."""
    whole = {
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "requiresCompatibilities": ["FARGATE"],
    }
    return definition(container or {}, **{**whole, **fields})


def mapped(*mappings: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A definition of one container with these port mappings."""
    return definition({"portMappings": list(mappings)}, **fields)
