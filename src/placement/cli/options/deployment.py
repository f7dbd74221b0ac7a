"""The deployment that ``deploy`` and ``lint`` are about: a session, and the call that begins it.

In: ``--state``, ``--service`` or ``--service-definition``, ``--task-definition``,
``--desired-count``.  Out: ``Deployment``: a session that holds the cluster, and the parameters of
CreateService or UpdateService.  Rules of the calls are those of ``placement.ecs``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from placement import DocumentError
from placement.cli.options.reading import on_unreadable, read_json, shown_name
from placement.cli.options.state import AccountState, read_account
from placement.documents.definition_names import find_definition, is_definition_name
from placement.documents.forms import refuse_other_forms
from placement.errors import describe_value

if TYPE_CHECKING:
    from placement.ecs.behaviour_rules import BehaviourRules
    from placement.ecs.session import Session

__all__ = ["Deployment", "deployment_options", "lone_definition", "planned_deployment"]

Function = TypeVar("Function", bound=Callable[..., Any])

EXPECTED_DEFINITION = (
    "what 'aws ecs describe-task-definition' prints, or register-task-definition takes"
)
RETRIES = 600
"""Attempts to place within two days: one every 300 s (S5.4.2, C40)."""

EXPECTED_SERVICE = "what 'aws ecs create-service --cli-input-json' takes"


def deployment_options(function: Function) -> Function:
    """Add the options that say which service is meant, and what changes."""
    options = [
        click.option(
            "--service",
            metavar="NAME",
            help="A service that the files of --state describe (describe-services).",
        ),
        click.option(
            "--service-definition",
            "service_file",
            metavar="FILE",
            help="What 'aws ecs create-service' takes as JSON, - for standard input. A service of"
            " that name in --state is updated.",
        ),
        click.option(
            "--cluster",
            metavar="NAME",
            help="The cluster, where the files of --state describe several.",
        ),
        click.option(
            "--task-definition",
            "definition_file",
            metavar="FILE",
            help="What 'aws ecs describe-task-definition' prints, or what register-task-definition"
            " takes; family:revision or an ARN for one in --state.  [default: the service's own]",
        ),
        click.option(
            "--desired-count",
            type=click.IntRange(min=0),
            metavar="N",
            help="How many tasks.  [default: the service's own]",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@attrs.frozen
class Deployment:
    """A deployment that has not begun.

    Attributes:
        session: The account; nothing has happened in it yet.
        cluster: The name of its cluster.
        service: The service's name.
        operation: ``create_service`` or ``update_service``.
        parameters: The call's parameters.
        definition: The whole service as it will be: what linters look at.
    """

    session: Session
    cluster: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    definition: Mapping[str, Any]

    def begin(self) -> None:
        """Make the call.

        Raises:
            ClientError: ECS would refuse it.
        """
        getattr(self.session.client("ecs"), self.operation)(**self.parameters)


def planned_deployment(
    files: Sequence[str],
    *,
    service: str | None,
    service_file: str | None,
    definition_file: str | None,
    desired_count: int | None,
    cluster: str | None = None,
    behaviour: BehaviourRules | None = None,
    before_loading: Callable[[int, int], None] | None = None,
) -> Deployment:
    """Return the deployment that options describe.

    ``before_loading`` is called before anything is placed, with how many decisions there are to be
    and how many container instances there are.

    Raises:
        ClientError: ECS would refuse the task definition.
        CqlError: an expression is not valid.
        DocumentError: a file cannot be read or has not the form that ECS gives it.
        UsageError: options do not go together.
    """
    if (service is None) == (service_file is None):
        raise click.UsageError("give one of --service and --service-definition")
    given = None if service_file is None else _service_definition(service_file)
    state = read_account(files)
    document = state.document()
    task_definition, to_register = None, None
    if definition_file is not None:
        task_definition, to_register = _task_definition(state, definition_file, document)
    if before_loading is not None:
        instances = len(document.get("containerInstances", ()))
        count = _desired_count(document, service, given, desired_count)
        tasks = len(document.get("tasks", ()))
        before_loading(RETRIES + tasks + 2 * (instances if count is None else count), instances)
    session = _session(state, document, behaviour)
    named = cluster if cluster is not None else (given or {}).get("cluster")
    home = _cluster(session, named, service)
    if to_register is not None:
        answer = session.client("ecs").register_task_definition(**to_register)
        task_definition = answer["taskDefinition"]["taskDefinitionArn"]
    changes: dict[str, Any] = {"taskDefinition": task_definition, "desiredCount": desired_count}
    changes = {name: value for name, value in changes.items() if value is not None}
    if given is not None:
        return _of_definition(session, home, {**given, **changes})
    return _of_service(session, home, str(service), changes)


def _desired_count(
    document: Mapping[str, Any],
    service: str | None,
    given: Mapping[str, Any] | None,
    desired_count: int | None,
) -> int | None:
    """Return how many tasks the service is to have; None: one for each instance, or not known.

    The documents are not checked yet.
    """
    name = (given or {}).get("serviceName", service)
    described = [
        one.get("desiredCount")
        for one in document.get("services", ())
        if isinstance(one, Mapping) and name in (one.get("serviceName"), one.get("serviceArn"))
    ]
    for count in (desired_count, (given or {}).get("desiredCount"), *described):
        if isinstance(count, int):
            return count
    return None


def lone_definition(
    service_file: str, definition_file: str | None, desired_count: int | None
) -> dict[str, Any]:
    """Return a service definition without a state, with what options change.

    Raises:
        DocumentError: the file cannot be read, or has not the form that ECS gives it.
        UsageError: the task definition is a file, which only a session can register.
    """
    given = _service_definition(service_file)
    if definition_file is not None and not is_definition_name(definition_file):
        raise click.UsageError("--task-definition takes a file only beside --state")
    changes = {"taskDefinition": definition_file, "desiredCount": desired_count}
    return {**given, **{name: one for name, one in changes.items() if one is not None}}


def _service_definition(file: str) -> dict[str, Any]:
    document = read_json(file, EXPECTED_SERVICE)
    name = shown_name(file)
    if not isinstance(document, dict):
        raise DocumentError(f"{name}: expected {EXPECTED_SERVICE}", "")
    if "services" in document:
        raise DocumentError(
            f"{name}: this is what 'describe-services' prints: give it to --state, and the name to "
            "--service",
            "services",
        )
    from placement.ecs.service import check_parameters

    check_parameters("CreateService", document)
    return document


def _task_definition(
    state: AccountState, given: str, document: dict[str, Any]
) -> tuple[str | None, dict[str, Any] | None]:
    """Return the name of a task definition that there will be, or what is to be registered.

    A described revision is added to the documents of the state.
    """
    if is_definition_name(given):
        found = find_definition(state.definitions(), given)
        if found is None:
            message = f"task definition {describe_value(given)} is not in the files of --state; "
            raise DocumentError(message + "--task-definition takes a file as well", "")
        return given, None
    from placement.ecs.definitions.accept import definition_to_register

    content = read_json(given, EXPECTED_DEFINITION)
    refuse_other_forms(content, shown_name(given))
    inner = content.get("taskDefinition", content) if isinstance(content, dict) else None
    if not isinstance(inner, dict) or "containerDefinitions" not in inner:
        raise DocumentError(f"{shown_name(given)}: expected {EXPECTED_DEFINITION}", "")
    arn = inner.get("taskDefinitionArn")
    if isinstance(arn, str):
        if find_definition(state.definitions(), arn) is None:
            document["taskDefinitions"] = [*document.get("taskDefinitions", []), inner]
        return arn, None
    return None, definition_to_register(content, shown_name(given))


def _session(
    state: AccountState, document: Mapping[str, Any], behaviour: BehaviourRules | None
) -> Session:
    """Return the session that the documents describe, with ``Timing()``."""
    from placement.ecs.session import Session
    from placement.ecs.timing import Timing

    try:
        session = Session.from_ecs(
            document, timing=Timing(), behaviour=behaviour, on_error=on_unreadable()
        )
    except DocumentError as error:
        raise state.located(error) from None
    state.name_left_out(session.skipped)
    return session


def _cluster(session: Session, named: Any, service: str | None) -> str:
    """Return the name of the cluster that is meant: the one named, or the only one.

    Of several clusters the one is meant that has the service.
    """
    arns = session.client("ecs").list_clusters()["clusterArns"]
    names: list[str] = [arn.rpartition("/")[2] for arn in arns]
    if isinstance(named, str):
        short = named.rpartition("/")[2]
        if short in names:
            return short
        known = f"they describe {', '.join(names) or 'none'}"
        message = f"cluster {describe_value(named)} is not in the files of --state: {known}"
        raise DocumentError(message, "")
    if not names:
        raise DocumentError("the files of --state describe no cluster", "")
    if len(names) > 1 and service is not None:
        names = [name for name in names if _described(session, name, service)] or names
    if len(names) > 1:
        raise click.UsageError(
            f"the files of --state describe several clusters: give --cluster, one of "
            f"{', '.join(names)}"
        )
    return names[0]


def _of_definition(session: Session, cluster: str, given: dict[str, Any]) -> Deployment:
    """Return the deployment of a service definition: a new service, or one that is there."""
    given = {**given, "cluster": cluster}
    known = _described(session, cluster, given["serviceName"])
    name = given["serviceName"]
    if known is None:
        return Deployment(session, cluster, name, "create_service", given, given)
    from placement.ecs.service import input_shape

    takes = input_shape("UpdateService").members
    parameters = {key: value for key, value in given.items() if key in takes}
    parameters["service"] = name
    return Deployment(session, cluster, name, "update_service", parameters, {**known, **given})


def _of_service(
    session: Session, cluster: str, name: str, changes: Mapping[str, Any]
) -> Deployment:
    """Return the deployment of a service that is there; without changes it is forced."""
    known = _described(session, cluster, name)
    if known is None:
        _check_is_active(session, cluster, name)
        there = ", ".join(
            one.rpartition("/")[2]
            for one in session.client("ecs").list_services(cluster=cluster)["serviceArns"]
        )
        hint = f"they describe {there}" if there else "they describe none (describe-services)"
        raise DocumentError(
            f"service {describe_value(name)} is not in the files of --state: {hint}", ""
        )
    parameters = {"cluster": cluster, "service": known["serviceName"], **changes}
    if not changes:
        parameters["forceNewDeployment"] = True
    return Deployment(
        session,
        cluster,
        known["serviceName"],
        "update_service",
        parameters,
        {**known, **changes},
    )


def _described(session: Session, cluster: str, name: str) -> dict[str, Any] | None:
    """Return an ACTIVE service as DescribeServices shows it, None if there is none."""
    answer = session.client("ecs").describe_services(cluster=cluster, services=[name])
    for service in answer["services"]:
        if service["status"] == "ACTIVE":
            _check_is_run(session, service)
            return dict(service)
    return None


def _check_is_active(session: Session, cluster: str, name: str) -> None:
    """Refuse a service that is described, but is DRAINING or INACTIVE."""
    answer = session.client("ecs").describe_services(cluster=cluster, services=[name])
    for service in answer["services"]:
        raise DocumentError(
            f"service {describe_value(name)} of --state cannot be deployed: it is "
            f"{service['status']}",
            "",
        )


def _check_is_run(session: Session, service: Mapping[str, Any]) -> None:
    """Refuse a service that was not loaded whole: its deployment could not be tried (C50)."""
    if service.get("deploymentController", {}).get("type", "ECS") != "ECS":
        return  # D8: what is told of it says so
    for one in session.history:
        if one.subject == service["serviceArn"] and one.what == "is kept":
            raise DocumentError(
                f"service {service['serviceName']} of --state cannot be deployed: {one.reason}", ""
            )
