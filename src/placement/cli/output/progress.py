"""A progress bar on standard error for what takes longer than a second, on a terminal only.

In: how far something is, again and again.  Out: a line that is drawn over, and gone at the end.
Rich is imported once there is something to draw.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["ProgressBar"]

PATIENCE = 1.0
"""Seconds without a bar."""


class ProgressBar:
    """A bar that appears after a second, where standard error is a terminal.

    Args:
        what: What is going on.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, share: float, text: str) -> None:
        """Say how far it is: a share from 0 to 1, and a text beside the bar."""
        if not self._is_terminal or time.monotonic() - self._began < PATIENCE:
            return
        if self._bar is None:
            self._bar = _new_bar()
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=1.0, state="")
        if self._task is not None:
            self._bar.update(self._task, completed=min(1.0, share), state=text)


def _new_bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"))
    return Progress(*columns, console=Console(stderr=True), transient=True)
