"""The bar appears after a second, on a terminal only, and is gone at the end."""

from __future__ import annotations

import io

import pytest

from placement.cli.output.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test moves: the only element."""
    now = [100.0]
    monkeypatch.setattr("placement.cli.output.progress.time.monotonic", lambda: now[0])
    monkeypatch.setenv("TERM", "xterm")
    return now


def test_nothing_is_drawn_within_the_first_second(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with ProgressBar("deploying web") as bar:
        clock[0] += 0.9
        bar.show(0.5, "1 of 2 healthy")
    assert stream.getvalue() == ""


def test_the_bar_is_drawn_after_a_second(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with ProgressBar("deploying web") as bar:
        clock[0] += 1.1
        bar.show(0.5, "1 of 2 healthy")
        bar.show(1.5, "2 of 2 healthy")
    assert "deploying web" in stream.getvalue()


def test_a_file_gets_no_bar(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with ProgressBar("deploying web") as bar:
        clock[0] += 5
        bar.show(0.5, "1 of 2 healthy")
    assert stream.getvalue() == ""
