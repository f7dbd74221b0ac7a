"""The parameters with which an instance is registered, read.

In: parameters of RegisterContainerInstance and PutAttributes, types right.  Out: what records and
the engine take, or ``InvalidParameterException``.  What is valid ``placement.machines`` knows; here
its ``DocumentError`` becomes the service's error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from placement.documents.instances import instance_from_ecs
from placement.ecs.checking import invalid
from placement.ecs.control.records import Document
from placement.errors import DocumentError
from placement.machines import registration_checks
from placement.model import Instance

__all__ = [
    "check_attribute",
    "ec2_instance_id",
    "read_attributes",
    "read_instance",
    "registered_resources",
]


@contextmanager
def _as_invalid_parameter() -> Iterator[None]:
    """Raise InvalidParameterException, with the same message, in place of ``DocumentError``."""
    try:
        yield
    except DocumentError as error:
        raise invalid(error.message) from None


def check_attribute(attribute: Document) -> None:
    """Refuse an attribute whose name, value or target type is not as section 1.5 says."""
    with _as_invalid_parameter():
        registration_checks.check_attribute(attribute, "attributes")


def read_attributes(listed: Iterable[Document]) -> dict[str, str | None]:
    """Return the attributes that an instance registers with, names to values."""
    with _as_invalid_parameter():
        return registration_checks.attributes_by_name(listed)


def registered_resources(parameters: Document, *, windows: bool) -> list[Document]:
    """Return ``registeredResources`` of a call's ``totalResources`` and ``platformDevices``."""
    with _as_invalid_parameter():
        return registration_checks.registered_resources(
            parameters.get("totalResources", []),
            parameters.get("platformDevices", []),
            windows=windows,
        )


def ec2_instance_id(identity_document: str | None) -> str | None:
    """Return the instance id of ``instanceIdentityDocument``, None without one (B7, B12)."""
    with _as_invalid_parameter():
        return registration_checks.ec2_instance_id(identity_document)


def read_instance(document: Mapping[str, Any]) -> Instance:
    """Return the instance that a document describes, with an id to be replaced."""
    try:
        return instance_from_ecs({"containerInstanceArn": "new", **document}, "")
    except DocumentError as error:
        message = f"{error.path.lstrip('.')}: {error.message}" if error.path else error.message
        raise invalid(f"Invalid container instance: {message}.") from None
