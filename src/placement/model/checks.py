"""Checks of single values, shared by the data classes, the documents and the cluster's calls.

In: a value and the path or field it came from.  Out: the value, or ``DocumentError`` that says what
was expected.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    ValuesView,
)
from datetime import datetime
from typing import Any, TypeGuard

import attrs

from placement.errors import DocumentError, describe_value
from placement.kernels.fields import MAX_COUNT
from placement.model.numbers import as_flag, plain_number, plain_numbers, whole_number

__all__ = [
    "HEALTHS",
    "LAST_STATUSES",
    "STATUSES",
    "checked_attributes",
    "checked_count",
    "checked_flag",
    "checked_group",
    "checked_moment",
    "checked_status",
    "checked_text",
    "frozen_mapping",
    "optional",
    "validator",
]

STATUSES = (
    "ACTIVE",
    "DRAINING",
    "REGISTERING",
    "REGISTRATION_FAILED",
    "DEREGISTERING",
    "INACTIVE",
)
"""The states of a container instance (Appendix D)."""

LAST_STATUSES = (
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
    "DELETED",
)
"""The states of a task (Appendix D)."""

HEALTHS = ("HEALTHY", "UNHEALTHY", "UNKNOWN")
"""What health checks say of a task (4.3)."""

BUILT_IN = ("cpu", "memory", "gpu", "ports", "ports_udp", "eni")
"""Resources that have fields of their own, or reason codes: no further resource has such a name."""

MAX_AMOUNT = 2**56
"""The largest amount of a resource."""

MAX_PORT = 65_535

ALL_GPUS = "ALL"
"""In place of a number: every GPU of an instance (B44)."""

ALL_NEURON_DEVICES = "ALL"
"""Every Neuron device of an instance: tasks take all or none (B44)."""

_NEURON = frozenset({"NEURONDEVICE", "NEURONDEVICES", "NEURONCORE", "NEURONCORES"})
"""Names of resources that are Neuron devices, in capitals and without underscores."""

MAX_GPUS = 64
"""GPUs that an instance may have."""

MAX_GROUP = 255
"""Code points that a task's group may have (quotas)."""


def checked_text(value: Any, path: str, *, empty: bool = False) -> str:
    """Return ``value`` if it is text without control characters (C6), else raise DocumentError."""
    if not isinstance(value, str):
        raise DocumentError(f"expected text, not {describe_value(value)}", path)
    if not value and not empty:
        raise DocumentError("expected text that is not empty", path)
    if not value.isprintable() and any(ord(c) < 32 or 127 <= ord(c) < 160 for c in value):
        raise DocumentError(f"control characters are not allowed: {describe_value(value)}", path)
    return value


def checked_count(value: Any, path: str) -> int:
    """Return ``value`` if it is a count that a column can hold, else raise DocumentError."""
    number = whole_number(value)
    if number is None:
        raise DocumentError(f"expected a whole number, not {describe_value(value)}", path)
    if not 0 <= number <= MAX_COUNT:
        raise DocumentError(
            f"expected a number from 0 to {MAX_COUNT}, not {describe_value(value)}", path
        )
    return number


def checked_status(value: Any, path: str) -> str:
    """Return ``value`` if it is a state of a container instance, else raise DocumentError."""
    if not isinstance(value, str) or value not in STATUSES:
        expected = ", ".join(STATUSES)
        raise DocumentError(f"expected one of {expected}, not {describe_value(value)}", path)
    return value


def checked_flag(value: Any, path: str) -> bool:
    """Return ``value`` as bool if it is true or false, else raise DocumentError."""
    flag = as_flag(value)
    if flag is None:
        raise DocumentError(f"expected true or false, not {describe_value(value)}", path)
    return flag


def checked_moment(value: Any, path: str) -> datetime | None:
    """Return ``value`` if it is a datetime with an offset, or None; else raise DocumentError."""
    if value is not None and (not isinstance(value, datetime) or value.utcoffset() is None):
        raise DocumentError(
            f"expected a datetime with an offset, not {describe_value(value)}", path
        )
    return value


def checked_group(value: Any, path: str) -> str:
    """Return ``value`` if it is a task group's name, else raise DocumentError."""
    group = checked_text(value, path)
    if len(group) > MAX_GROUP:
        raise DocumentError(f"a group has at most {MAX_GROUP} characters, not {len(group)}", path)
    return group


def checked_attributes(value: Any, path: str) -> Mapping[str, str | None]:
    """Return ``value`` if it maps attribute names to texts or None, else raise DocumentError.

    A mapping of the caller's own kind is read once, and returned as a dict.
    """
    if not isinstance(value, Mapping):
        raise DocumentError(f"expected names and values, not {describe_value(value)}", path)
    if plain_attributes(value):
        return value
    checked = {}
    for name, text in value.items():
        checked_text(name, f"{path} name")
        if text is not None:
            checked_text(text, f"{path}.{name}", empty=True)
        checked[name] = text
    return checked


def plain_attributes(value: Mapping[Any, Any]) -> bool:
    """Return whether all names and values are printable texts: most are, and need no second look.

    All are asked at once; False says nothing, then each has to be asked.
    """
    if type(value) not in (dict, FrozenMapping):  # whose parts agree with each other
        return False
    try:
        every = "".join([*value, *[text for text in value.values() if text is not None]])
    except TypeError:
        return False
    return every.isprintable() and "" not in value


def checked_amount(value: Any, path: str) -> int:
    """Return ``value`` if it is an amount of a resource, else raise DocumentError."""
    number = whole_number(value)
    if number is None or number < 0:
        raise DocumentError(f"expected a whole number from 0, not {describe_value(value)}", path)
    if number > MAX_AMOUNT:
        found = describe_value(value)
        raise DocumentError(f"expected a whole number up to {MAX_AMOUNT}, not {found}", path)
    return number


def checked_left(value: Any, path: str) -> int:
    """Return ``value`` if it is what is left of a resource, else raise DocumentError.

    It may be below 0 where more is taken than there is (C10).
    """
    number = whole_number(value)
    if number is None or abs(number) > MAX_AMOUNT:
        found = describe_value(value)
        message = f"expected a whole number from -{MAX_AMOUNT} to {MAX_AMOUNT}, not {found}"
        raise DocumentError(message, path)
    return number


def checked_gpu_amount(value: Any, path: str) -> int | str:
    """Return ``value`` if a task can ask for so many GPUs, or for ALL, else raise DocumentError."""
    if isinstance(value, str):
        if value != ALL_GPUS:
            found = describe_value(value)
            raise DocumentError(f"expected a whole number or {ALL_GPUS}, not {found}", path)
        return ALL_GPUS
    return checked_amount(value, path)


def checked_neuron_devices(value: Any, path: str) -> int | str:
    """Return ``value`` if a task can ask for it: 0, or ALL (B44); else raise DocumentError."""
    if is_one_of(value, (ALL_NEURON_DEVICES,)):
        return ALL_NEURON_DEVICES
    if type(value) is int and value == 0:
        return 0
    message = f"expected 0 or {ALL_NEURON_DEVICES}, not {describe_value(value)}"
    raise DocumentError(message, path)


def is_neuron_resource(name: str) -> bool:
    """Return whether a resource is Neuron devices or their cores, as agents name them (B44)."""
    return name.upper().replace("_", "") in _NEURON


def checked_amounts(
    value: Any, path: str, checked: Callable[[Any, str], int] = checked_amount
) -> Mapping[str, int]:
    """Return ``value`` if it maps names of further resources to amounts, else raise DocumentError.

    Names of built-in resources, however they are written, are refused: ``resources={"CPU": 1}``
    would be another resource with the same reason code, and binpack's fields know no case (B24).
    """
    if not isinstance(value, Mapping):
        raise DocumentError(f"expected names and amounts, not {describe_value(value)}", path)
    for name, amount in value.items():
        is_built_in = checked_text(name, f"{path} name").lower() in BUILT_IN
        if is_built_in or is_neuron_resource(name):
            message = f"{describe_value(name)} is built in, and no name for a further resource"
            raise DocumentError(message, path)
        checked(amount, f"{path}.{name}")
    return value


def checked_amounts_left(value: Any, path: str) -> Mapping[str, int]:
    """Return ``value`` if it says what is left of further resources: below 0, too (C10)."""
    return checked_amounts(value, path, checked_left)


def checked_ports(value: Any, path: str) -> tuple[int, ...]:
    """Return ``value`` if it is a tuple of ports, none twice (A27), else raise DocumentError."""
    if not isinstance(value, tuple):
        raise DocumentError(f"expected several ports, not {describe_value(value)}", path)
    for port in value:
        number = whole_number(port)
        if number is None or not 1 <= number <= MAX_PORT:
            raise DocumentError(
                f"expected a port from 1 to {MAX_PORT}, not {describe_value(port)}", path
            )
    if len(set(value)) < len(value):
        raise DocumentError(f"a port is listed twice in {describe_value(value)} (A27)", path)
    return value


def checked_texts(value: Any, path: str) -> tuple[str, ...]:
    """Return ``value`` if it is a tuple of texts, else raise DocumentError."""
    if not isinstance(value, tuple):
        raise DocumentError(f"expected several texts, not {describe_value(value)}", path)
    for text in value:
        checked_text(text, path)
    return value


def checked_gpus(value: Any, path: str) -> None:
    """Accept a number of GPUs or a tuple of their ids, all different."""
    if isinstance(value, tuple):
        checked_texts(value, path)
        if len(set(value)) < len(value):
            raise DocumentError(f"a GPU is listed twice in {describe_value(value)}", path)
    else:
        checked_amount(value, path)


def is_several(value: object) -> TypeGuard[Iterable[Any]]:
    """Return whether a value can be gone through, and is no text; nothing is read of it.

    numpy's arrays without dimensions have ``__iter__``, and refuse.
    """
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return False
    return getattr(value, "ndim", 1) != 0


def is_one_of(value: object, allowed: Collection[str]) -> bool:
    """Return whether a value is one of some texts; arrays and the like are not compared."""
    return isinstance(value, str) and value in allowed


def as_tuple(value: Any) -> Any:
    """Return several values as a tuple; anything else as it is, for a validator to refuse."""
    return tuple(value) if is_several(value) and not isinstance(value, Mapping) else value


def ports_tuple(value: Any) -> Any:
    """Return several ports as a tuple of ``int``; anything else as it is, for a validator."""
    return plain_numbers(as_tuple(value))


def validator(check: Any) -> Any:
    """Return an attrs validator that runs ``check(value, field name)``."""

    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        check(value, attribute.name)

    return validate


def optional(check: Any) -> Any:
    """Return an attrs validator that lets None pass and checks everything else."""
    return attrs.validators.optional(validator(check))


def frozen_amounts(value: Any) -> Any:
    """Return a read-only copy of a mapping to numbers, numpy's as ``int``; else as it is."""
    if not isinstance(value, Mapping):
        return value
    return FrozenMapping({name: plain_number(amount) for name, amount in value.items()})


def frozen_mapping(value: Any) -> Any:
    """Return a read-only copy of a mapping; anything else as it is, for a validator to refuse."""
    return FrozenMapping(value) if isinstance(value, Mapping) else value


class FrozenMapping(Mapping[Any, Any]):
    """A mapping that nobody changes; unlike Python's own read-only view it can be pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Any, Any]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def keys(self) -> KeysView[Any]:
        """Return the names."""
        return self._items.keys()

    def values(self) -> ValuesView[Any]:
        """Return the values."""
        return self._items.values()

    def items(self) -> ItemsView[Any, Any]:
        """Return names and values."""
        return self._items.items()

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenMapping, (self._items,)
