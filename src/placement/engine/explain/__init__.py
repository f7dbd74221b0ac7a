"""Why a task finds no room, or how many instances have room for it (C20, A41).

In: the criteria of a request and the store of a cluster.  Out: ``PlacementExplanation``: for every
check how many instances it rules out and by how much, the closest instance and everything it is
missing, whether waiting can help, and which one change would.  Everything is worked out when it is
asked for, by asking the checks (``engine.checks``); the cluster is only read (C53).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from placement.engine.checks import reports_no_neuron_devices
from placement.engine.explain.closest import closest_row
from placement.engine.explain.outcomes import Outcomes
from placement.engine.explain.remedies import never_fits, remedies
from placement.engine.explain.values import PlacementExplanation, Shortfall
from placement.kernels.fields import INTERFACE
from placement.state.resources import UNLIMITED

if TYPE_CHECKING:
    from placement.engine.checks import Mask, PreparedCheck
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["PlacementExplanation", "Shortfall", "explain_request", "missing_of_all"]


Array = npt.NDArray[np.int64]


def explain_request(store: Store, criteria: Criteria) -> PlacementExplanation:
    """Return the explanation of a request for now.

    Raises:
        RegexTimeout: a pattern gave no answer in time.
    """
    outcomes = Outcomes(store, criteria)
    closest = closest_row(outcomes)
    fitting = int(outcomes.fits.sum())
    rows = len(store.ids)
    return PlacementExplanation(
        candidates=int(outcomes.candidates.sum()),
        fitting=fitting,
        failures=outcomes.failures,
        shortfalls=_shortfalls(outcomes),
        closest=None if closest is None else store.ids[closest],
        missing=() if closest is None else outcomes.missing(closest),
        never_fits=not fitting and never_fits(outcomes),
        remedies=() if fitting else remedies(outcomes),
        unknown_tasks=int(
            store.tasks.running[:rows].sum() - store.tasks.grouped_tasks[:rows].sum()
        ),
        unknown_interfaces=_unknown_interfaces(store, criteria, outcomes),
        unknown_neuron_devices=_unknown_neuron_devices(store, criteria, outcomes),
    )


def missing_of_all(store: Store, criteria: Criteria) -> dict[str, tuple[str, ...]]:
    """Return what each candidate without room is missing, by its id, in words.

    Raises:
        RegexTimeout: a pattern gave no answer in time.
    """
    outcomes = Outcomes(store, criteria)
    return {store.ids[row] or "": outcomes.missing(row) for row in outcomes.failures}


def _shortfalls(outcomes: Outcomes) -> tuple[Shortfall, ...]:
    """Return the shortfall of each reason that rules out a candidate, the largest first."""
    found = []
    for reason, checks in outcomes.by_reason.items():
        rows = np.flatnonzero(outcomes.candidates & ~outcomes.passed[reason])
        if len(rows):
            found.append(_shortfall(outcomes, reason, [check for check, _ in checks], rows))
    return tuple(sorted(found, key=lambda shortfall: -shortfall.instances))


def _shortfall(
    outcomes: Outcomes, reason: str, checks: list[PreparedCheck], rows: Array
) -> Shortfall:
    """Return the shortfall of one reason, which rules out some rows."""
    first, causes = checks[0], _causes(checks, rows)
    lacking = first.nearest(rows)  # a reason that is about an amount has one check
    if lacking is None:
        return Shortfall(reason, len(rows), causes=causes, sentence=first.sentence)
    return Shortfall(
        reason,
        len(rows),
        lacking.wanted,
        lacking.left,
        causes,
        nearest=outcomes.store.ids[lacking.row],
        unit=lacking.unit,
        sentence=first.sentence,
    )


def _causes(checks: list[PreparedCheck], rows: Array) -> tuple[tuple[str, int], ...]:
    """Return what rules out rows by checks of one reason, each cause once, the most frequent first.

    A row counts for a cause once, and may count for several causes.
    """
    masks: dict[str, Mask] = {}
    for check in checks:
        passed = np.ones(len(rows), np.bool_)
        check.keep(passed, rows)
        failing = np.flatnonzero(~passed)
        if not len(failing):
            continue
        for text, mask in check.causes(rows[failing]):
            masks.setdefault(text, np.zeros(len(rows), np.bool_))[failing[mask]] = True
    counts = [(text, int(mask.sum())) for text, mask in masks.items()]
    return tuple(sorted([cause for cause in counts if cause[1]], key=lambda cause: -cause[1]))


def _unknown_interfaces(store: Store, criteria: Criteria, outcomes: Outcomes) -> int:
    """Return how many candidates have an unknown number of network interfaces (C12)."""
    if not criteria.task.network_interface:
        return 0
    unknown = store.tasks.resources.registered[: len(store.ids), INTERFACE] == UNLIMITED
    return int((unknown & outcomes.candidates).sum())


def _unknown_neuron_devices(store: Store, criteria: Criteria, outcomes: Outcomes) -> int:
    """Return how many candidates report no Neuron devices, where the task wants some (B44)."""
    if not criteria.task.neuron_devices:
        return 0
    return int((reports_no_neuron_devices(store) & outcomes.candidates).sum())
