"""``placement.ecs.lint_service``: what is probably not meant about a service (C52).

In: a service as CreateService takes it or DescribeServices shows it, perhaps a session to compare
with.  Out: warnings, in the order of the rules.  Changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.definitions.lints import refused_today
from placement.ecs.lints.codes import Lints, ServiceLint
from placement.ecs.lints.combinations import COMBINATION_RULES
from placement.ecs.lints.facts import ServiceFacts, read_facts, service_parameters
from placement.ecs.lints.percents import PERCENT_RULES
from placement.ecs.lints.placing import PLACING_RULES
from placement.ecs.lints.room import ROOM_RULES
from placement.errors import UsageError, describe_value

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["lint_service"]


def definition_known(facts: ServiceFacts) -> Lints:
    """The task definition is not in the session."""
    name = facts.given.get("taskDefinition")
    if facts.account is not None and name and facts.definition is None:
        message = f"{name} is not known: what its containers ask for is not checked"
        yield ServiceLint("unknown-task-definition", "taskDefinition", message, "register it")


def definition_registrable(facts: ServiceFacts) -> Lints:
    """The revision runs, and ECS would not register it again (B45)."""
    if facts.definition is None:
        return
    for problem in refused_today(facts.definition.document):
        message = f"{facts.definition.arn} {problem.message}"
        path = f"taskDefinition.{problem.path}".rstrip(".")
        yield ServiceLint("definition-refused", path, message, "mend it in the next revision")


def dump_complete(facts: ServiceFacts) -> Lints:
    """What loading a dump made or left alone, of the service and of what it names (C50)."""
    account = facts.account
    if account is None:
        return
    named = {one.get("targetGroupArn") for one in facts.wanted.load_balancer_items}
    alarms = facts.configuration.alarms
    names = () if alarms is None else alarms.names
    for subject, what, why in account.notes:
        is_own = facts.service is not None and (
            subject == facts.service.arn or f"/{facts.service.name}/" in subject
        )
        if is_own or subject in named or subject.rpartition(":alarm:")[2] in names:
            message = f"{subject} {what if ' ' in what else f'was {what}'}: {why}"
            is_missing = what != "is kept" or why.startswith("no document")
            advice = "print it too, and load it with the rest" if is_missing else ""
            yield ServiceLint("incomplete-dump", "", message, advice)


RULES = (
    *COMBINATION_RULES,
    *PERCENT_RULES,
    definition_known,
    definition_registrable,
    dump_complete,
    *PLACING_RULES,
    *ROOM_RULES,
)


def lint_service(
    definition: Any, *, session: Session | None = None, cluster: str | None = None
) -> list[ServiceLint]:
    """Return warnings about a service that is valid and probably not meant.

    Args:
        definition: What ``create_service`` takes, as a mapping, or a service as
            ``describe_services`` shows it.
        session: Where it is to run: its task definition, instances, target groups and subnets, and
            the service itself if it is there already.  Without it the definition is looked at
            alone.
        cluster: The cluster's name or ARN; by default the one that the definition names.

    Raises:
        ClusterNotFoundException: the session has no such cluster.
        CqlError: the expression of a constraint is not valid.
        DocumentError: a constraint, a strategy or a word is none that the API has.
        ParamValidationError: a parameter is unknown, missing or of the wrong type.
        RegexTimeout: a pattern gave no answer in time.
        UsageError: another argument is not of its kind.
    """
    given = service_parameters(definition)
    if cluster is not None and not isinstance(cluster, str):
        raise UsageError(f"cluster is a name or an ARN, not {describe_value(cluster)}")
    if session is None:
        if cluster is not None:
            raise UsageError("cluster is one of a session: give the session too")
        return _found(read_facts(given, None, None))
    from placement.ecs.session import Session as SessionClass  # not where none is given

    if not isinstance(session, SessionClass):
        raise UsageError(
            f"session is a placement.ecs.Session or None, not {describe_value(session)}"
        )
    with session._lock.call("lint_service", only_reads=True):
        account = session._account
        record = active_cluster(account, cluster or given.get("cluster"))
        return _found(read_facts(given, account, record))


def _found(facts: ServiceFacts) -> list[ServiceLint]:
    return [warning for rule in RULES for warning in rule(facts)]
