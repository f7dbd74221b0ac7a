"""Histories that hold indexes to a scan, played from seeds.

In: seeds.  Out: histories that were played; an error where index and scan differ, or where a
kernel has written past the end of its room.  The steps are in ``index_steps.py`` and
``index_instance_steps.py``.
"""

from __future__ import annotations

from index_guard import guarded
from index_history import LOOKED_AT, History
from index_instance_steps import join
from index_steps import STEPS, decide, run, step

GROWING = (join.__name__, run.__name__)
"""Steps of which histories that grow have more than others."""

ALWAYS = ("place_many", "replay", "longest_idle", "other_requests")


@step(3)
def trial(h: History) -> None:
    """Anything is tried, and nothing has happened."""
    prepared = list(h.prepared), list(h.requests), list(h.hot)
    with h.tried():
        for _ in range(h.chance.randrange(1, 6)):
            play(h, h.chance.choice(h.steps))
    h.prepared, h.requests, h.hot = prepared


@step(1)
def compact(h: History) -> None:
    """Rows close up, and all requests are prepared again (C7)."""
    if h.chance.random() < 0.3:
        h.same(lambda cluster, _: cluster.compact().tolist())
        h.prepared = [h.prepare(one) for one in h.requests]


def play(h: History, name: str) -> None:
    """Make one step and compare."""
    h.told.append(name)
    STEPS[name][1](h)
    h.agree(fully=len(h.told) % LOOKED_AT == 0)


def some_steps(h: History) -> list[str]:
    """Return the steps of one history, as often as their weights say; each is left out of some.

    What one kind of change spoils, another one mends: registrations alone let much be built again.
    """
    always = (*ALWAYS, *GROWING) if h.grows else ALWAYS
    kept = [name for name in STEPS if name in always or h.chance.random() < 0.6]
    if h.grows:
        kept += [*GROWING] * 4
    return [name for name in kept for _ in range(STEPS[name][0])]


def history(seed: int, steps: int = 30) -> History:
    """Play a history of so many steps; an error names the seed and the steps.

    In the end all requests come back, those that have idled longest too.
    """
    told: list[str] = []
    try:
        with guarded() as guard:
            h = History(seed, told)
            guard.let_be_a_run(h.run)
            h.steps = some_steps(h)
            for _ in range(steps):
                play(h, h.chance.choice(h.steps))
                if len(told) % LOOKED_AT == 0:
                    guard.check()
            numbers = list(range(len(h.requests)))
            h.chance.shuffle(numbers)
            decide(h, numbers, [h.chance.randrange(len(numbers)) for _ in range(40)])
            h.agree(fully=True)
            guard.check()
    except BaseException as error:
        error.add_note(f"index_play.history({seed}, {steps}): {', '.join(told)}")
        raise
    return h


def histories(first: int, count: int, steps: int) -> int:
    """Play histories one after another and return how many steps were made: for one process."""
    for seed in range(first, first + count):
        history(seed, steps)
    return count * steps
