"""The fields of one document, each read once; what is not read stays.

In: an object of the API without nulls, its times datetimes, and its path.  Out: typed values, or
``DocumentError`` that names the path; and the rest of the object.  Knows no field's name.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, overload

from placement.documents.fields import mapping, sequence
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_amount, checked_count, checked_flag, checked_text

__all__ = ["Fields"]

Status = TypeVar("Status", bound=enum.Enum)


class Fields:
    """A document, and which of its fields were read.

    Methods return ``otherwise`` for a field that is not there.  Those whose names begin with
    ``known`` leave a field that has another form among the rest; the others raise
    ``DocumentError``.
    """

    def __init__(self, document: Mapping[str, Any], path: str) -> None:
        self._document = document
        self._path = path
        self._read: set[str] = set()

    @property
    def path(self) -> str:
        """The path of the document."""
        return self._path

    def _take(self, name: str) -> tuple[Any, str]:
        """Return a field's value (None: not there) and its path, and note that it was read."""
        self._read.add(name)
        return self._document.get(name), f"{self._path}.{name}"

    def skip(self, *names: str) -> None:
        """Note that fields were read in another way."""
        self._read.update(names)

    def rest(self) -> dict[str, Any]:
        """Return the fields that were not read."""
        return {name: value for name, value in self._document.items() if name not in self._read}

    # Single values

    def value(self, name: str) -> Any:
        """Return a value as it is, None where it is not there."""
        return self._take(name)[0]

    @overload
    def text(self, name: str, otherwise: str) -> str: ...

    @overload
    def text(self, name: str, otherwise: None = None) -> str | None: ...

    def text(self, name: str, otherwise: str | None = None) -> str | None:
        """Return a text, which may be empty."""
        value, path = self._take(name)
        return otherwise if value is None else checked_text(value, path, empty=True)

    def size(self, name: str) -> str | None:
        """Return a size as the API has it, as text; a number becomes text."""
        value, path = self._take(name)
        if value is None or isinstance(value, str):
            return value
        return str(checked_amount(value, path))

    def count(self, name: str, otherwise: int) -> int:
        """Return a number from 0; ``otherwise`` where it is not there."""
        value, path = self._take(name)
        return otherwise if value is None else checked_count(value, path)

    def number(self, name: str) -> int | None:
        """Return a number from 0, None where it is not there."""
        value, path = self._take(name)
        return None if value is None else checked_count(value, path)

    def microseconds(self, name: str) -> int | None:
        """Return a moment as microseconds since 1970, from 0; None where it is not there."""
        value, path = self._take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
            message = f"expected microseconds since 1970, not {describe_value(value)}"
            raise DocumentError(message, path)
        return value

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value, path = self._take(name)
        return None if value is None else checked_flag(value, path)

    def time(self, name: str) -> datetime | None:
        """Return a point in time."""
        value, path = self._take(name)
        if value is not None and not isinstance(value, datetime):
            raise DocumentError(f"expected a time, not {describe_value(value)}", path)
        return value

    def status(
        self, name: str, kind: type[Status], otherwise: Status, allowed: Sequence[Status] = ()
    ) -> Status:
        """Return a status: one of its kind, or of ``allowed`` where that is given."""
        value, path = self._take(name)
        if value is None:
            return otherwise
        known = [str(one.value) for one in allowed or tuple(kind)]
        if not isinstance(value, str) or value not in known:
            message = f"expected one of {', '.join(known)}, not {describe_value(value)}"
            raise DocumentError(message, path)
        return kind(value)

    def known_status(self, name: str, kind: type[Status]) -> Status | None:
        """Return a status, if it is one of its kind."""
        value = self._document.get(name)
        if not isinstance(value, str) or value not in [one.value for one in kind]:
            return None
        self._read.add(name)
        return kind(value)

    # Objects and lists

    def object(self, name: str, otherwise: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Return an object."""
        value, path = self._take(name)
        return otherwise if value is None else dict(mapping(value, path))

    def objects(self, name: str, otherwise: Sequence[dict[str, Any]] = ()) -> list[dict[str, Any]]:
        """Return the objects of a list."""
        if self._document.get(name) is None:
            return list(otherwise)
        return [dict(one) for one, _ in self.with_paths(name)]

    def items(self, name: str) -> list[Any]:
        """Return a list as it is."""
        value, path = self._take(name)
        return list(sequence(value, path))

    def with_paths(self, name: str) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Yield the objects of a list, each with its path."""
        value, path = self._take(name)
        for number, one in enumerate(sequence(value, path)):
            yield mapping(one, f"{path}[{number}]"), f"{path}[{number}]"

    def texts(self, name: str, otherwise: Sequence[str] = ()) -> list[str]:
        """Return a list of texts."""
        value, path = self._take(name)
        if value is None:
            return list(otherwise)
        listed = enumerate(sequence(value, path))
        return [checked_text(one, f"{path}[{number}]") for number, one in listed]

    def known_pairs(self, name: str) -> dict[str, str] | None:
        """Return names and values, if the field is a list of such pairs and of nothing else."""
        value = self._document.get(name)
        if not isinstance(value, list) or not all(map(_is_pair, value)):
            return None
        pairs = {one["name"]: one["value"] for one in value}
        if len(pairs) < len(value):
            return None
        self._read.add(name)
        return pairs


def _is_pair(value: Any) -> bool:
    """Return whether a value is a name and a value, both of them texts."""
    if not isinstance(value, Mapping) or set(value) != {"name", "value"}:
        return False
    return all(isinstance(one, str) and one for one in value.values())
