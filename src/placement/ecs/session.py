"""``placement.ecs.Session``: one account in one region, and its time (C24, C25, C37).

In: how the account begins, what the caller tells, how far time is to move.  Out: clients as boto3
has them, the history of what the model did by itself.  Decides nothing: that is in ``control`` and
``placement.services``.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

from placement.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, is_region
from placement.aws.client import ServiceClient, SessionLock
from placement.ecs.calls.ecs.answers import task_answer
from placement.ecs.control.account import Account
from placement.ecs.control.advance import is_at_rest, run_until
from placement.ecs.control.copying import copy_account, restore_account
from placement.ecs.options import Options
from placement.ecs.timing import (
    CONTAINER_OUTCOMES,
    TARGET_OUTCOMES,
    Behaviour,
    Timing,
    check_outcome,
    duration,
)
from placement.errors import UsageError, describe_value
from placement.timeline.history import HistoryRecord
from placement.timestamps import from_microseconds

if TYPE_CHECKING:
    from placement.ecs.control.dumps.problems import Skipped
    from placement.ecs.control.records import ClusterRecord, InstanceRecord
    from placement.ecs.control.task_records import TaskRecord

__all__ = ["UNSAID", "Session", "Unsaid"]

LONGEST_WAIT = 172_800
"""Seconds after which ``advance_until`` gives up, by default (C40)."""

CLIENTS = ("cloudwatch", "ecs", "elbv2")
"""The clients that a session has."""


class Unsaid(enum.Enum):
    """The type of ``UNSAID``."""

    UNSAID = "unsaid"


UNSAID = Unsaid.UNSAID
"""An argument that is not given, where None means something."""


class _CallerClock:
    """The caller's clock; calls from inside it see the time that it returned last (C55).

    Raises:
        UsageError: a call from inside needs the time, and the clock has not returned any yet.
    """

    def __init__(self, function: Callable[[], datetime]) -> None:
        self.function = function
        self._is_running = False
        self._last: datetime | None = None

    def __call__(self) -> datetime:
        if self._is_running:
            if self._last is None:
                raise UsageError("the clock makes a call that needs the time, before it gave any")
            return self._last
        self._is_running = True
        try:
            self._last = self.function()
        finally:
            self._is_running = False
        return self._last


class _DescribedBehaviour:
    """The caller's function of behaviours, given a task as DescribeTasks shows it (C27)."""

    def __init__(self, function: Callable[[dict[str, Any]], Behaviour | None]) -> None:
        self.function = function

    def __call__(self, task: TaskRecord) -> Any:
        return self.function(task_answer(task))


class Session:
    """An account in one region, under a clock that the caller moves.

    Args:
        region_name: The region in ARNs.
        account_id: The account in ARNs, 12 digits.
        seed: Where ids and random placement start: the same calls give the same answers.
        start: When model time begins, a datetime with a time zone; by default the system's time,
            cut to the full minute.
        clock: A function that returns the time, a datetime with a time zone.  With it time is the
            caller's: each call first runs what is due by then, and ``advance`` is refused.
        timing: How long things take; None: no state takes time.
        behaviour: A function asked once for each new task (its document, as DescribeTasks shows
            it), which returns a ``Behaviour`` or None.
        options: Where the model departs from what ECS does by default.

    Threads may share a session: its calls run one after another (C53).

    Raises:
        UsageError: an argument is not of its kind.
    """

    def __init__(
        self,
        region_name: str = DEFAULT_REGION,
        account_id: str = DEFAULT_ACCOUNT,
        *,
        seed: int = 0,
        start: datetime | None = None,
        clock: Callable[[], datetime] | None = None,
        timing: Timing | None = None,
        behaviour: Callable[[dict[str, Any]], Behaviour | None] | None = None,
        options: Options | None = None,
    ) -> None:
        if not isinstance(region_name, str) or not is_region(region_name):
            raise UsageError(
                f"region_name is a name such as us-east-1, not {describe_value(region_name)}"
            )
        if not isinstance(account_id, str) or not re.fullmatch(r"\d{12}", account_id):
            raise UsageError(f"account_id is twelve digits, not {describe_value(account_id)}")
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise UsageError(f"seed is a whole number, not {describe_value(seed)}")
        if start is not None and (not isinstance(start, datetime) or start.utcoffset() is None):
            raise UsageError(f"start is a datetime with a time zone, not {describe_value(start)}")
        for name, function in (("clock", clock), ("behaviour", behaviour)):
            if function is not None and not callable(function):
                raise UsageError(f"{name} is something to call, not {describe_value(function)}")
        if timing is not None and not isinstance(timing, Timing):
            raise UsageError(
                f"timing is a placement.ecs.Timing or None, not {describe_value(timing)}"
            )
        if options is not None and not isinstance(options, Options):
            raise UsageError(
                f"options is a placement.ecs.Options or None, not {describe_value(options)}"
            )
        if clock is not None and start is not None:
            raise UsageError(
                "start and clock exclude each other: with a clock time is the caller's"
            )
        account = Account(
            region_name,
            account_id,
            seed=seed,
            start=start,
            clock=None if clock is None else _CallerClock(clock),
            timing=timing,
            behaviour=None if behaviour is None else _DescribedBehaviour(behaviour),
            options=options,
        )
        self._begin(account, clock)

    def _begin(self, account: Account, clock: Callable[[], datetime] | None) -> None:
        self._account = account
        self._caller_clock = clock
        self._lock = SessionLock()
        self._clients: dict[str, ServiceClient] = {}
        self._skipped: tuple[Skipped, ...] = ()

    def __repr__(self) -> str:
        account = self._account
        return (
            f"<placement.ecs.Session: account {account.account_id} in {account.region}, "
            f"{account.time.datetime:%Y-%m-%d %H:%M:%S}>"
        )

    # Documents

    @classmethod
    def from_ecs(
        cls,
        document: Any,
        *,
        cluster: str | None = None,
        on_error: str = "raise",
        seed: int | None = None,
        start: datetime | None = None,
        clock: Callable[[], datetime] | None = None,
        timing: Timing | Unsaid | None = UNSAID,
        behaviour: Callable[[dict[str, Any]], Behaviour | None] | None = None,
        options: Options | None = None,
    ) -> Self:
        """Return a session that holds what documents say (C30, C50).

        Args:
            document: What commands of the AWS CLI or calls of boto3 printed, as one object or as a
                list of pages, or what ``to_ecs`` wrote.  Lists: those of describe-clusters,
                -container-instances, -tasks, -task-definition, -services, -service-deployments,
                -service-revisions, get-task-protection; of elbv2 describe-load-balancers,
                -target-groups, -target-group-attributes, -target-health, -listeners, -rules; of
                cloudwatch describe-alarms.  Pages of describe-target-group-attributes and
                describe-target-health carry one key more, ``TargetGroupArn``.
            cluster: Load this cluster alone; records that name no cluster belong to it.
            on_error: ``raise``: a record that cannot be read refuses the documents, and the error
                names every such record; ``skip``: it is left out, and ``skipped`` names it (C31).
            seed: As for the class, like all further arguments.  What is not given is as the
                documents say (``placementState``); else ``start`` is the newest moment that they
                tell of something past, and the rest is as for the class.
            start: When model time begins.
            clock: A function that returns the time.
            timing: How long things take.
            behaviour: Asked for loaded tasks that are not STOPPED, too.
            options: Where the model departs from what ECS does by default.

        What the documents name and none holds is made, and what is not modelled is kept as it came:
        ``history`` says which.

        Raises:
            DocumentError: a part does not have the form that ECS gives it, or belongs to another
                account or region than the rest; ``path`` says where.
            UsageError: another argument has the wrong type or value.
        """
        from placement.ecs.control.dumps.description import read_description
        from placement.ecs.control.dumps.load import load_account
        from placement.ecs.control.dumps.problems import Problems
        from placement.ecs.control.dumps.state_read import read_settings

        problems = Problems(on_error)
        description = read_description(document, cluster, problems)
        settings = read_settings(description.state)
        if start is None and clock is None:
            start = settings.now
            if start is None and description.newest is not None:
                start = from_microseconds(description.newest)
        session = cls(
            description.region,
            description.account_id,
            seed=0 if seed is None else seed,
            start=start,
            clock=clock,
            timing=settings.timing if isinstance(timing, Unsaid) else timing,
            behaviour=behaviour,
            options=settings.options if options is None else options,
        )
        account = session._account
        if clock is not None:
            account.time.now = account.follow_clock()
        load_account(account, description, problems, restores_ids=seed is None)
        session._skipped = tuple(problems.skipped)
        return session

    @property
    def skipped(self) -> list[Skipped]:
        """What ``from_ecs`` left out: pairs of path and reason (C31)."""
        return list(self._skipped)

    def to_ecs(self, cluster: str | None = None) -> dict[str, Any]:
        """Return the account as one document, plain JSON, which ``from_ecs`` reads (C50).

        It has what the calls of the session's clients describe, and ``placementState`` for what
        none of them does.  Functions and objects of the caller are not written:
        ``placementState.functions`` names them.

        Args:
            cluster: Only this cluster, by name or ARN; None: all.

        Raises:
            ClusterNotFoundException: there is no such cluster.
        """
        from placement.ecs.calls.ecs.lookups import active_cluster
        from placement.ecs.control.dumps.write import dump_account

        self._before_call()
        with self._lock.call("to_ecs", only_reads=True):
            account = self._account
            clusters = list(account.clusters.values())
            if cluster is not None:
                clusters = [active_cluster(account, cluster)]

            def call(service: str, operation: str, parameters: dict[str, Any]) -> Any:
                return self.client(service)._call(operation, parameters)

            return dump_account(account, call, clusters)

    # Clients

    @property
    def region_name(self) -> str:
        """The region."""
        return self._account.region

    def client(self, service_name: str) -> Any:
        """Return the client of a service, always the same object for a name.

        Raises:
            UsageError: there is no client of that name.
        """
        if service_name not in CLIENTS:
            known = ", ".join(CLIENTS)
            raise UsageError(
                f"a session has clients for {known}, not {describe_value(service_name)}"
            )
        with self._lock.call("client", only_reads=True):
            found = self._clients.get(service_name)
            if found is None:
                from placement.ecs.clients import new_client

                found = self._clients[service_name] = new_client(service_name, self)
            return found

    # Time

    @property
    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._account.time.datetime

    @property
    def history(self) -> list[HistoryRecord]:
        """What the model did by itself, oldest first; a copy."""
        with self._lock.call("history", only_reads=True):
            return list(self._account.time.history)

    def advance(self, seconds: float | timedelta) -> None:
        """Move time, and run all that falls due up to and including the moment reached.

        Raises:
            UsageError: it is no number of seconds, time is the caller's (``clock=``), or the call
                comes from inside another one.
        """
        length = duration(seconds, "seconds")
        with self._moving("advance"):
            run_until(self._account, self._account.time.now + length)

    def advance_until(
        self,
        condition: str | Callable[[Session], Any],
        *,
        limit: float | timedelta = LONGEST_WAIT,
    ) -> bool:
        """Move time until a condition holds; return whether it does.

        Args:
            condition: A function of the session, or ``"steady"``: every service is steady and no
                transition or retry is due (C40).  Asked before the first instant and after each.
            limit: Seconds after which to give up.

        Raises:
            UsageError: an argument is not of its kind, time is the caller's, or the call comes from
                inside another one.
        """
        if condition != "steady" and not callable(condition):
            raise UsageError(
                f'condition is "steady" or a function of the session, not '
                f"{describe_value(condition)}"
            )
        length = duration(limit, "limit")
        with self._moving("advance_until"):
            account = self._account

            def holds() -> bool:
                if callable(condition):
                    return bool(condition(self))
                return is_at_rest(account)

            return run_until(account, account.time.now + length, holds)

    @contextmanager
    def _moving(self, name: str) -> Iterator[None]:
        with self._lock.call(name, only_reads=False):
            if self._account.has_clock:
                raise UsageError(f"{name}: time is the caller's, who gave a clock (C25)")
            yield

    def _before_call(self) -> None:
        """Let the caller's clock move time before a call of a client, outside other calls."""
        if self._account.has_clock and not self._lock.is_in_call:
            with self._lock.call("advance", only_reads=False):
                self._catch_up()

    def _catch_up(self) -> None:
        """Run what is due by the caller's clock, before a call (C40); nothing without one."""
        account = self._account
        if account.has_clock:
            run_until(account, account.follow_clock())

    # What-if

    def copy(self) -> Self:
        """Return an account of its own at the same moment, with the same future."""
        with self._lock.call("copy", only_reads=True):
            twin = object.__new__(type(self))
            twin._begin(copy_account(self._account), self._caller_clock)
            return twin

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = self.copy()
        return twin

    @contextmanager
    def trial(self) -> Iterator[Self]:
        """Try calls out: at the end of the block the account is as it was; exceptions pass through.

        Other threads wait until the block has ended (C55).
        """
        with self._lock.hold("trial"):
            before = self._account
            working = vars(before).copy()
            tried = copy_account(before)
            restore_account(before, tried)
            try:
                yield self
            finally:
                vars(before).clear()
                vars(before).update(working)

    def __getstate__(self) -> dict[str, Any]:
        with self._lock.call("pickle", only_reads=True):
            return {"account": copy_account(self._account), "clock": self._caller_clock}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._begin(state["account"], state["clock"])

    # What the caller tells (C42, C44)

    def register_function(self, arn: str, function: Callable[[dict[str, Any], None], Any]) -> None:
        """Say what a lifecycle hook's function does: called like a Lambda handler (C44).

        Raises:
            UsageError: an argument is not of its kind.
        """
        if not isinstance(arn, str) or not arn:
            raise UsageError(f"arn is the ARN of a function, not {describe_value(arn)}")
        if not callable(function):
            raise UsageError(f"function is something to call, not {describe_value(function)}")
        with self._lock.call("register_function", only_reads=False):
            self._account.registered_functions[arn] = function

    def exit_container(self, task: str, container: str | None = None, exit_code: int = 1) -> None:
        """A container of a RUNNING task exits; None: its first essential one."""
        if isinstance(exit_code, bool) or not isinstance(exit_code, int):
            raise UsageError(f"exit_code is a whole number, not {describe_value(exit_code)}")
        with self._telling("exit_container"):
            found = self._task(task)
            names = [one.settings.name for one in found.containers]
            if container is not None and container not in names:
                known = ", ".join(str(name) for name in names)
                raise UsageError(
                    f"task {found.id} has no container {describe_value(container)}; it has {known}"
                )
            self._tell("exit_container", found.arn, self._number(found), container, exit_code)

    def fail_start(self, task: str, reason: str) -> None:
        """A task that is not RUNNING yet fails to start, for a reason.

        Raises:
            UsageError: it has been RUNNING, or an argument is not of its kind.
        """
        if not isinstance(reason, str):
            raise UsageError(f"reason is a text, not {describe_value(reason)}")
        with self._telling("fail_start"):
            found = self._task(task)
            if found.started_at is not None:
                raise UsageError(f"task {found.id} has been RUNNING: it cannot fail to start")
            self._tell("fail_start", found.arn, self._number(found), reason)

    def set_container_health(self, task: str, status: Any) -> None:
        """Say what container checks of a task find from now on.

        ``status`` is HEALTHY, UNHEALTHY, or a function of the seconds since RUNNING that returns
        one; None: what its behaviour says.
        """
        check_outcome(status, "status", CONTAINER_OUTCOMES)
        with self._telling("set_container_health"):
            self._note_function(status)
            found = self._task(task)
            self._tell("set_container_health", found.arn, self._number(found), status)

    def set_target_health(self, target_group: str, target: tuple[str, int], state: Any) -> None:
        """Say what checks of a target find from now on.

        ``state`` is healthy, unhealthy, timeout, or a function of the seconds since RUNNING that
        returns one; None: what its task's behaviour says.
        """
        check_outcome(state, "state", TARGET_OUTCOMES)
        is_pair = isinstance(target, tuple) and len(target) == 2
        if not is_pair or not isinstance(target[0], str) or not isinstance(target[1], int):
            raise UsageError(
                f"target is a pair of target id and port, not {describe_value(target)}"
            )
        with self._telling("set_target_health"):
            arn = self._target_group(target_group)
            if self._account.elb.targets.find(arn, target) is None:
                raise UsageError(f"{target} is not registered in {arn}")
            self._note_function(state)
            self._tell("set_target_health", arn, arn, target, state)

    def lose_instance(self, instance: str) -> None:
        """The host of an instance is gone: its tasks end, and it is deregistered."""
        with self._telling("lose_instance"):
            cluster, found = self._instance(instance)
            self._tell("lose_instance", found.arn, cluster.name, found.id)

    def set_agent(self, instance: str, connected: bool) -> None:
        """The agent of an instance is connected, or disconnected: its tasks stand still."""
        if not isinstance(connected, bool):
            raise UsageError(f"connected is True or False, not {describe_value(connected)}")
        with self._telling("set_agent"):
            cluster, found = self._instance(instance)
            self._tell("set_agent", found.arn, cluster.name, found.id, connected)

    def traffic(self, arn: str) -> dict[tuple[str, int], Fraction]:
        """Return who gets the traffic of a rule or listener: shares by target (id, port) (S9.6).

        Raises:
            RuleNotFoundException: there is no such rule or listener.
        """
        from placement.ecs.calls.elbv2.lookups import the_rule

        if not isinstance(arn, str):
            raise UsageError(f"arn is that of a rule or listener, not {describe_value(arn)}")
        with self._lock.call("traffic", only_reads=True):
            elb = self._account.elb
            return elb.traffic(elb.find_rule(arn) or the_rule(elb, arn))

    # Beyond ECS (C38)

    def set_service_options(
        self,
        service: str,
        cluster: str | None = None,
        *,
        stop_order: Any = None,
        at_most: int | None = None,
        zone_skew: int | None = None,
        current_revision_only: bool = False,
        fallback: str | None = None,
        fallback_after: float | None = None,
    ) -> None:
        """Say what one service does beyond ECS; each call replaces all that was said before.

        Args:
            service: Its name or ARN.
            cluster: The cluster's name or ARN; by default that of the ARN, else ``default``.
            stop_order: Which tasks of a class stop first: ``"oldest"``, ``"newest"``, or a ranker,
                whose largest number goes first; None: as ECS has it.
            at_most: Tasks of the service that an instance may have (``placement.AtMost``).
            zone_skew: How many more tasks a zone may have than the one with the fewest
                (``placement.ZoneSkew``).
            current_revision_only: Whether spread counts only tasks of the revision that is placed.
            fallback: Not supported yet: it needs capacity providers.
            fallback_after: Likewise.

        ``at_most``, ``zone_skew`` and rankers are about instances: on Fargate they change nothing.

        Raises:
            ClusterNotFoundException, ServiceNotFoundException: there is no such one.
            UsageError: an option is not of its kind or not supported, or the service is a DAEMON.
        """
        from placement.ecs.calls.ecs.services.options import service_of
        from placement.ecs.control.services.options import checked_options, set_options

        options = checked_options(
            stop_order=stop_order,
            at_most=at_most,
            zone_skew=zone_skew,
            current_revision_only=current_revision_only,
            fallback=fallback,
            fallback_after=fallback_after,
        )
        with self._telling("set_service_options"):
            set_options(self._account, service_of(self._account, service, cluster), options)

    # Subjects

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        with self._lock.call(name, only_reads=False):
            self._catch_up()
            yield

    def _tell(self, kind: str, subject: str, *facts: Any) -> None:
        self._account.time.told.append((kind, subject, *facts))

    def _note_function(self, value: Any) -> None:
        if callable(value):
            self._account.has_functions = True

    def _task(self, name: str) -> TaskRecord:
        """Return the task of an id or ARN, in any cluster.

        Raises:
            InvalidParameterException: there is none.
        """
        from placement.ecs.calls.ecs.checking import invalid

        if isinstance(name, str):
            for cluster in self._account.clusters.values():
                found = self._account.find_task(cluster, name)
                if found is not None:
                    return found
        raise invalid("The referenced task was not found.")

    def _number(self, task: TaskRecord) -> int:
        """Return the number of a task that has not stopped.

        Raises:
            UsageError: it has.
        """
        if task.life is None:
            raise UsageError(f"task {task.id} is STOPPED: nothing happens to it any more")
        return task.life.number

    def _instance(self, name: str) -> tuple[ClusterRecord, InstanceRecord]:
        """Return the instance of an id or ARN, in any cluster, and its cluster.

        Raises:
            InvalidParameterException: there is none, or it is INACTIVE.
        """
        from placement.ecs.calls.ecs.checking import invalid

        if isinstance(name, str):
            for cluster in self._account.clusters.values():
                found = self._account.find_instance(cluster, name)
                if found is not None and found.is_registered:
                    return cluster, found
        raise invalid("The referenced container instance was not found.")

    def _target_group(self, name: str) -> str:
        """Return the ARN of a target group, given its name or ARN.

        Raises:
            TargetGroupNotFoundException: there is none.
        """
        from placement.ecs.calls.elbv2.lookups import the_target_group

        if not isinstance(name, str):
            raise UsageError(f"target_group is a name or an ARN, not {describe_value(name)}")
        elb = self._account.elb
        for group in elb.targets.groups.values():
            if group.name == name:
                return group.arn
        return the_target_group(elb, name).arn
