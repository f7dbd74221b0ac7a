"""``placement.ecs.Session``: one account in one region, and its time (C24, C25, C37).

In: how the account begins, how far time is to move.  Out: clients as boto3 has them, the history of
what the model did by itself.  What the caller tells is in ``told_session``.  Decides nothing: that
is in ``control`` and ``placement.services``.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

from placement.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, is_region
from placement.ecs.caller_objects import CallerClock, DescribedBehaviour
from placement.ecs.control.account import Account
from placement.ecs.control.advance import is_at_rest, run_until
from placement.ecs.control.capacity.managed.prices import DEFAULT_SPOT_FACTOR, price_list
from placement.ecs.control.copying import copy_account, restore_account
from placement.ecs.options import Options
from placement.ecs.timing import Behaviour, Timing, duration
from placement.ecs.told_session import ToldSession
from placement.errors import UsageError, describe_value
from placement.timeline.history import HistoryRecord

if TYPE_CHECKING:
    from placement.documents.problems import Skipped
    from placement.ecs.launching import Launch, LaunchRequest

__all__ = ["LONGEST_WAIT", "UNSAID", "Session", "Unsaid"]

LONGEST_WAIT = 172_800
"""Seconds after which ``advance_until`` gives up, by default (C40)."""

CLIENTS = ("application-autoscaling", "autoscaling", "cloudwatch", "ecs", "elbv2")
"""The clients that a session has."""


class Unsaid(enum.Enum):
    """The type of ``UNSAID``."""

    UNSAID = "unsaid"


UNSAID = Unsaid.UNSAID
"""An argument that is not given, where None means something."""


class Session(ToldSession):
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
        launches: A function asked for each launch of an instance of an Auto Scaling group or of a
            Managed Instances provider (a ``LaunchRequest``), which returns a ``Launch`` or None
            (C45).
        capacity: A function of provider, zone, CPU units, MiB and the number of the session's tasks
            of that provider in that zone, which returns whether Fargate has room there (C45).
        prices: USD per hour by EC2 type, instead of the On-Demand prices of us-east-1, which hold
            in every region; None as a price: the type is never chosen for Managed Instances (C45).
        spot_factor: What Spot capacity costs, relative to On-Demand capacity.
        reserved: How many reserved instances there are, by EC2 type, in the order of preference.
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
        launches: Callable[[LaunchRequest], Launch | None] | None = None,
        capacity: Callable[[str, str, int, int, int], bool] | None = None,
        prices: Mapping[str, float | Decimal | Fraction | None] | None = None,
        spot_factor: float | Decimal | Fraction = DEFAULT_SPOT_FACTOR,
        reserved: Mapping[str, int] | None = None,
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
        functions = {
            "clock": clock,
            "behaviour": behaviour,
            "launches": launches,
            "capacity": capacity,
        }
        for name, function in functions.items():
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
            clock=None if clock is None else CallerClock(clock),
            timing=timing,
            behaviour=None if behaviour is None else DescribedBehaviour(behaviour),
            launches=launches,
            capacity=capacity,
            prices=price_list(prices, spot_factor, reserved),
            options=options,
        )
        self._begin(account, clock)

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
        launches: Callable[[LaunchRequest], Launch | None] | None = None,
        capacity: Callable[[str, str, int, int, int], bool] | None = None,
        prices: Mapping[str, float | Decimal | Fraction | None] | None = None,
        spot_factor: float | Decimal | Fraction | None = None,
        reserved: Mapping[str, int] | None = None,
        options: Options | None = None,
    ) -> Self:
        """Return a session that holds what documents say (C30, C50).

        What the documents name and none holds is made, and what is not modelled is kept as it came:
        ``history`` says which.

        Args:
            document: What commands of the AWS CLI or calls of boto3 printed (``docs/ecs.md`` lists
                them), as one object or as a list of pages, or what ``to_ecs`` wrote.
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
            launches: Asked for launches.
            capacity: Asked for Fargate's capacity.
            prices: What EC2 types cost.
            spot_factor: What Spot capacity costs, relative to On-Demand capacity.
            reserved: How many reserved instances there are.
            options: Where the model departs from what ECS does by default.

        Raises:
            DocumentError: a part does not have the form that ECS gives it, or belongs to another
                account or region than the rest; ``path`` says where.
            UsageError: another argument has the wrong type or value.
        """
        from placement.documents.problems import Problems
        from placement.ecs.calls.application_autoscaling.documents import load_scaling
        from placement.ecs.control.dumps.description import read_description
        from placement.ecs.control.dumps.load import load_account
        from placement.ecs.control.dumps.state_read import read_settings

        problems = Problems(on_error)
        description = read_description(document, cluster, problems)
        settings = read_settings(description.state, description.newest)
        known = settings.prices
        session = cls(
            description.region,
            description.account_id,
            seed=0 if seed is None else seed,
            start=settings.now if start is None and clock is None else start,
            clock=clock,
            timing=settings.timing if isinstance(timing, Unsaid) else timing,
            behaviour=behaviour,
            launches=launches,
            capacity=capacity,
            prices=dict(known.replaced) if prices is None else prices,
            spot_factor=known.spot_factor if spot_factor is None else spot_factor,
            reserved=dict(known.reserved) if reserved is None else reserved,
            options=settings.options if options is None else options,
        )
        load_account(session._account, description, problems, restores_ids=seed is None)
        load_scaling(session._account, description, problems)
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
            UsageError: ``cluster`` is no text.
        """
        from placement.ecs.calls.ecs.lookups import active_cluster
        from placement.ecs.control.dumps.write import dump_account

        if cluster is not None and not isinstance(cluster, str):
            raise UsageError(f"cluster is a name or an ARN, not {describe_value(cluster)}")
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

    # What-if

    def copy(self) -> Self:
        """Return an account of its own at the same moment, with the same future.

        Raises:
            UsageError: a behaviour, hook or check that is being asked calls it: the instant is not
                over.
        """
        with self._lock.call("copy", only_reads=True):
            self._check_between_instants("copy")
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
            self._check_between_instants("pickle")
            return {"account": copy_account(self._account), "clock": self._caller_clock}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._begin(state["account"], state["clock"])

    def _check_between_instants(self, name: str) -> None:
        """Refuse what needs an account that is whole, in the middle of an instant (C55)."""
        if self._account.functions.is_asking:
            raise UsageError(
                f"{name}: an instant is not over while a function of the caller is asked; copy the "
                "session between two calls, or in a condition of advance_until"
            )
