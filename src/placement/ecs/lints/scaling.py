"""``placement.ecs.lint_scaling``: what is probably not meant about scaling (C52).

In: a session.  Out: warnings about its capacity providers, scalable targets, policies, alarms and
scheduled actions, in the order of the rules.  Changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement.ecs.control.account import Account
from placement.ecs.lints.conflicts import CONFLICT_RULES
from placement.ecs.lints.policy_rules import POLICY_RULES
from placement.ecs.lints.provider_rules import PROVIDER_RULES
from placement.ecs.lints.scaling_codes import ScalingLint, ScalingLints, ScalingRule
from placement.ecs.lints.schedule_rules import SCHEDULE_RULES
from placement.errors import UsageError, describe_value

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["lint_scaling"]

SCALING_ARNS = (":capacity-provider/", ":autoScalingGroup:", ":scalingPolicy:", ":alarm:")
"""Parts of the ARNs of what scales."""


def dump_complete(account: Account) -> ScalingLints:
    """What loading a dump made or left alone, of what scales and of what is scaled (C48, C50)."""
    services = {account.services[one.service].arn for one in account.scaling.targets.values()}
    for subject, what, why in account.notes:
        if subject in services or any(part in subject for part in SCALING_ARNS):
            message = f"it {what if ' ' in what else f'was {what}'}: {why}"
            is_missing = why.startswith("no document")
            advice = "print it too, and load it with the rest" if is_missing else ""
            yield ScalingLint("incomplete-dump", subject, "", message, advice)


RULES: tuple[ScalingRule, ...] = (
    dump_complete,
    *PROVIDER_RULES,
    *POLICY_RULES,
    *CONFLICT_RULES,
    *SCHEDULE_RULES,
)


def lint_scaling(session: Session) -> list[ScalingLint]:
    """Return warnings about what scales in a session, and is valid and probably not meant.

    Args:
        session: The session; nothing in it changes.

    Raises:
        RegexTimeout: a pattern in a placement constraint gave no answer in time.
        UsageError: ``session`` is none.
    """
    from placement.ecs.session import Session as SessionClass  # it imports all calls

    if not isinstance(session, SessionClass):
        raise UsageError(f"session is a placement.ecs.Session, not {describe_value(session)}")
    with session._lock.call("lint_scaling", only_reads=True):
        account = session._account
        return [warning for rule in RULES for warning in rule(account)]
