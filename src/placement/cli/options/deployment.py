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
from placement.cli.options.given_definition import GivenDefinition, registered_definition
from placement.cli.options.reading import (
    InputFile,
    cluster_option,
    naming,
    read_json,
    shown_name,
)
from placement.cli.options.sessions import (
    chosen_cluster,
    described_service,
    load_session,
    the_service,
)
from placement.cli.options.state import read_account
from placement.cli.options.task_definition import NAMES, is_file_name

if TYPE_CHECKING:
    from placement.ecs.behaviour_rules import BehaviourRules
    from placement.ecs.lints.codes import ServiceLint
    from placement.ecs.session import Session

__all__ = ["Deployment", "deployment_options", "lone_lints", "planned_deployment"]

Function = TypeVar("Function", bound=Callable[..., Any])

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
            cls=InputFile,
            metavar="FILE",
            help="What 'aws ecs create-service' takes as JSON, - for standard input. A service of"
            " that name in --state is updated.",
        ),
        cluster_option,
        click.option(
            "--task-definition",
            "definition_file",
            cls=InputFile,
            metavar="FILE|NAME",
            help="What 'aws ecs describe-task-definition' prints, or what register-task-definition"
            f" takes; {NAMES}  [default: the service's own]",
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
        file: The file of the service definition; None: there is none.
    """

    session: Session
    cluster: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    definition: Mapping[str, Any]
    file: str | None = None

    def begin(self) -> None:
        """Make the call.

        Raises:
            ClientError: ECS would refuse it.
            DocumentError: the same of a service definition in a file, which the message names.
        """
        with naming(self.file):
            getattr(self.session.client("ecs"), self.operation)(**self.parameters)

    def lints(self) -> list[ServiceLint]:
        """Return what is probably not meant about the service as it will be.

        Raises:
            DocumentError: the definition has not the form that ECS gives it.
        """
        from placement.ecs.lints.service import lint_service

        with naming(self.file):
            return lint_service(self.definition, session=self.session, cluster=self.cluster)


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
    definition: GivenDefinition | None = None
    if definition_file is not None:
        definition = registered_definition(state, definition_file, document)
    if before_loading is not None:
        instances = len(document.get("containerInstances", ()))
        count = _desired_count(document, service, given, desired_count)
        tasks = len(document.get("tasks", ()))
        before_loading(RETRIES + tasks + 2 * (instances if count is None else count), instances)
    session = load_session(state, document, behaviour=behaviour)
    named = cluster if cluster is not None else (given or {}).get("cluster")
    home = chosen_cluster(session, named, service)
    task_definition = None if definition is None else definition.name_in(session)
    changes: dict[str, Any] = {"taskDefinition": task_definition, "desiredCount": desired_count}
    changes = {name: value for name, value in changes.items() if value is not None}
    if given is not None:
        return _of_definition(session, home, {**given, **changes}, service_file)
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


def lone_lints(
    service_file: str, definition_file: str | None, desired_count: int | None
) -> tuple[str, list[ServiceLint]]:
    """Return the name in a service definition, and what is probably not meant, without a state.

    Args:
        service_file: The file of the definition.
        definition_file: ``--task-definition``, which replaces that of the file.
        desired_count: ``--desired-count``, likewise.

    Raises:
        DocumentError: the file cannot be read, or has not the form that ECS gives it.
        UsageError: the task definition is a file, which only a session can register.
    """
    from placement.ecs.lints.service import lint_service

    given = _service_definition(service_file)
    if definition_file is not None and is_file_name(definition_file):
        raise click.UsageError("--task-definition takes a file only beside --state")
    changes = {"taskDefinition": definition_file, "desiredCount": desired_count}
    definition = {**given, **{name: one for name, one in changes.items() if one is not None}}
    with naming(service_file):
        return definition["serviceName"], lint_service(definition)


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

    with naming(file):
        check_parameters("CreateService", document)
    return document


def _of_definition(
    session: Session, cluster: str, given: dict[str, Any], file: str | None
) -> Deployment:
    """Return the deployment of a service definition: a new service, or one that is there."""
    given = {**given, "cluster": cluster}
    known = described_service(session, cluster, given["serviceName"])
    name = given["serviceName"]
    if known is None:
        return Deployment(session, cluster, name, "create_service", given, given, file)
    from placement.ecs.service import input_shape

    takes = input_shape("UpdateService").members
    parameters = {key: value for key, value in given.items() if key in takes}
    parameters["service"] = name
    definition = {**known, **given}
    return Deployment(session, cluster, name, "update_service", parameters, definition, file)


def _of_service(
    session: Session, cluster: str, name: str, changes: Mapping[str, Any]
) -> Deployment:
    """Return the deployment of a service that is there; without changes it is forced."""
    known = the_service(session, cluster, name)
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
