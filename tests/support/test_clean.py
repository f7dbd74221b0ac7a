"""The bound in time of tests: CPU time of the process counts, time of other processes does not."""

from __future__ import annotations

import signal
import time

import pytest

from clean import within


def stay_busy(seconds: float) -> None:
    """Never end but by the bound."""
    with within(seconds):
        while time.process_time() >= 0:
            pass


def test_a_block_that_stays_busy_fails() -> None:
    with pytest.raises(TimeoutError, match=r"busy after 0\.1 s of CPU time"):
        stay_busy(0.1)


def test_waiting_takes_no_cpu_time() -> None:
    with within(0.1):
        time.sleep(0.3)


def test_handlers_and_timers_are_as_before() -> None:
    before = signal.getsignal(signal.SIGPROF), signal.getsignal(signal.SIGALRM)
    with within(60):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 60, "the bound in wall-clock time"
    assert (signal.getsignal(signal.SIGPROF), signal.getsignal(signal.SIGALRM)) == before
    assert signal.getitimer(signal.ITIMER_PROF) == signal.getitimer(signal.ITIMER_REAL) == (0, 0)
