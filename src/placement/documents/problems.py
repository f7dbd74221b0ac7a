"""What of a dump cannot be read: collected, so that all of it is named at once (C31).

In: errors, each with the path of its record.  Out: one ``DocumentError`` that names them, or the
list of what was left out.  Knows no records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from placement.errors import CqlError, DocumentError, UsageError, describe_value, sanitize

__all__ = ["Problems", "SeveralProblems", "Skipped"]

MOST = 20
"""Records that one error names."""


class Skipped(NamedTuple):
    """A record of a dump that was left out: its path, and why."""

    path: str
    reason: str


class SeveralProblems(DocumentError):
    """Several records of a dump cannot be read; ``path`` is that of the first.

    The message has a line for each record, its path in front.

    Attributes:
        errors: The error of each record.
    """

    def __init__(self, errors: Sequence[DocumentError]) -> None:
        least = "at least " if len(errors) == MOST else ""
        lines = [f"{least}{len(errors)} records cannot be read"]
        lines += [f"  {one.path}: {' '.join(one.message.splitlines())}" for one in errors]
        super().__init__("\n".join(lines), errors[0].path)
        self.errors = tuple(errors)
        self.args = (self.errors,)  # what a copy is made of

    def __str__(self) -> str:
        return sanitize(self.message)


class Problems:
    """The problems of one dump.

    Args:
        on_error: ``raise``: a record that cannot be read refuses the dump; ``skip``: it is left
            out.

    Attributes:
        errors: Why records cannot be read, in the order in which they were found.
        skipped: What was left out, in the order in which it was found.

    Raises:
        UsageError: ``on_error`` is something else.
    """

    def __init__(self, on_error: str) -> None:
        # Not by model.checks, which brings numpy: commands about texts alone print errors, too.
        if not isinstance(on_error, str) or on_error not in ("raise", "skip"):
            raise UsageError(f"on_error is raise or skip, not {describe_value(on_error)}")
        self._raises = on_error == "raise"
        self.errors: list[DocumentError] = []
        self.skipped: list[Skipped] = []

    @contextmanager
    def of_record(self, path: str) -> Iterator[None]:
        """Read a record: if that fails, note the problem and go on after the block."""
        try:
            yield
        except DocumentError as error:
            self.add(error)
        except CqlError as error:
            self.add(DocumentError(str(error), path))

    def add(self, error: DocumentError) -> None:
        """Note that a record cannot be read.

        Raises:
            DocumentError: the dump is refused for it, and enough records are known.
        """
        self.errors.append(error)
        self.skipped.append(Skipped(error.path, error.message))
        if len(self.errors) == MOST:
            self.check()

    def leave_out(self, path: str, reason: str) -> None:
        """Note that a record is left out though it can be read."""
        self.skipped.append(Skipped(path, reason))

    def check(self) -> None:
        """Refuse the dump where a problem refuses it.

        Raises:
            DocumentError: there is a problem; with the path of the first one, and naming all.
        """
        if not self._raises or not self.errors:
            return
        if len(self.errors) == 1:
            raise self.errors[0]
        raise SeveralProblems(self.errors)
