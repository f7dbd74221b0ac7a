"""The lifecycle stages of a deployment that shifts traffic, as a table (S6.1).

In: nothing.  Out: for each stage what may happen in it; what comes next.  Who moves through them,
and when, is in ``traffic_shifting``.
"""

from __future__ import annotations

from enum import Enum

import attrs

from placement.timestamps import DAY, MINUTE

__all__ = [
    "DEPLOYMENT_LIMIT",
    "FORWARD",
    "NETWORK_LOAD_BALANCER_WAIT",
    "ROLLBACK",
    "STAGE_LIMIT",
    "Stage",
    "StageRule",
]

STAGE_LIMIT = DAY
"""How long a stage may take, without pauses and bake times, in microseconds (D50)."""

DEPLOYMENT_LIMIT = 30 * DAY
"""How long a deployment may take before it is rolled back, in microseconds (D50)."""

NETWORK_LOAD_BALANCER_WAIT = 10 * MINUTE
"""How long a Network Load Balancer takes over a change of weights, in microseconds (D109)."""


class Stage(Enum):
    """A lifecycle stage, under the name that a service deployment has for it."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    SCALE_UP = "SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
    BAKE_TIME = "BAKE_TIME"
    CLEAN_UP = "CLEAN_UP"


FORWARD = tuple(Stage)
"""The stages of a deployment in their order; the seventh and the eighth are run for each step."""

ROLLBACK = (
    Stage.SCALE_UP,
    Stage.PRODUCTION_TRAFFIC_SHIFT,
    Stage.TEST_TRAFFIC_SHIFT,
    Stage.CLEAN_UP,
)
"""The stages of a rollback (S6.5): the old revision is scaled back if it was being removed (D51),
production traffic goes back to it in one step, then test traffic; the new one is removed."""


@attrs.frozen
class StageRule:
    """What may happen in a stage.

    Attributes:
        allows_functions: Whether AWS_LAMBDA hooks run in it.
        allows_pauses: Whether PAUSE hooks do.
    """

    allows_functions: bool
    allows_pauses: bool

    @staticmethod
    def of(stage: Stage) -> StageRule:
        """Return the rule of a stage."""
        return _RULES[stage]


_NO_HOOKS = StageRule(allows_functions=False, allows_pauses=False)
_FUNCTIONS = StageRule(allows_functions=True, allows_pauses=False)
_ANY_HOOK = StageRule(allows_functions=True, allows_pauses=True)

_RULES = {
    Stage.RECONCILE_SERVICE: _ANY_HOOK,
    Stage.PRE_SCALE_UP: _ANY_HOOK,
    Stage.SCALE_UP: _NO_HOOKS,
    Stage.POST_SCALE_UP: _ANY_HOOK,
    Stage.TEST_TRAFFIC_SHIFT: _FUNCTIONS,
    Stage.POST_TEST_TRAFFIC_SHIFT: _ANY_HOOK,
    Stage.PRE_PRODUCTION_TRAFFIC_SHIFT: _ANY_HOOK,
    Stage.PRODUCTION_TRAFFIC_SHIFT: _FUNCTIONS,
    Stage.POST_PRODUCTION_TRAFFIC_SHIFT: _ANY_HOOK,
    Stage.BAKE_TIME: _NO_HOOKS,
    Stage.CLEAN_UP: _NO_HOOKS,
}
