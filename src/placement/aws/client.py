"""The base of clients: boto3's methods for the operations of a service, one call at a time.

In: a service's model, its exceptions and its operations, which are functions of an account and of
the parameters of a call.  Out: a client class with a method for each.  A call is checked against
the model, made, and answered with a copy; one that is refused has changed nothing.  What operations
do, and what an account is, is not known here.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Self

from placement.aws.errors import AbsentOperationError, ClientError, Exceptions
from placement.aws.paginators import Paginator
from placement.aws.service_model import OperationModel, Pagination, ServiceModel
from placement.aws.shapes import checked_parameters, plain_copy
from placement.aws.waiters import Advance, Waiter
from placement.errors import UsageError, describe_value

__all__ = ["Answer", "ClientMeta", "FreshAnswer", "Operation", "ServiceClient", "SessionLock"]

Answer = dict[str, Any]
"""What a call answers, as boto3 has it: texts, numbers, lists, datetimes."""


class FreshAnswer(dict[str, Any]):
    """An answer that shares no list and no dict with the account, and has Python's own types only.

    It belongs to the caller as it is: the client copies every other answer, which for a large one
    takes longer than making it.
    """


Operation = Callable[[Any, dict[str, Any]], Answer]
"""What an operation does: a function of the account and of the checked parameters of a call."""


class SessionLock:
    """The re-entrant lock that the calls of a session's clients take, one after another (C53).

    While a call is running, its thread may make further calls, from a function of the caller's such
    as a clock, if they only read (C55).  A copy, pickled or not, is a new lock, which is free.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_held = False

    @contextmanager
    def call(self, name: str, *, only_reads: bool) -> Iterator[None]:
        """Hold the lock for a call.

        Args:
            name: The call's name, for messages.
            only_reads: Whether the call leaves the account as it is.

        Raises:
            UsageError: the call would change the account, and a call of this thread is running.
        """
        with self._lock:
            is_inside = self._is_held
            if is_inside and not only_reads:
                raise UsageError(
                    f"{name} changes the account; from inside another call (its clock, for "
                    "instance) only calls that read are allowed"
                )
            try:
                self._is_held = True
                yield
            finally:
                self._is_held = is_inside

    @property
    def is_in_call(self) -> bool:
        """Whether a call is running; asked by the thread that would make another."""
        return self._is_held

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let no other thread in between the calls of the block, which may be inside a call."""
        with self._lock:
            yield

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold the lock over several calls of this thread; other threads wait (C55).

        Raises:
            UsageError: a call of this thread is running.
        """
        with self._lock:
            if self._is_held:
                raise UsageError(f"{name} cannot begin inside another call")
            yield

    def __reduce__(self) -> tuple[type[SessionLock], tuple[()]]:
        return SessionLock, ()


class ClientMeta:
    """``client.meta``, as far as callers of boto3 commonly use it."""

    def __init__(self, region_name: str) -> None:
        self.region_name = region_name
        self.service_model = None


class ServiceClient:
    """A client of one service in one account and region.

    A subclass that sets the attributes below gets a method for each operation, with the docstring
    of the operation's function, unless it defines that method itself.  Methods take boto3's keyword
    arguments and return its answers.  They raise ``ParamValidationError`` for parameters that are
    unknown, missing or of the wrong type, and ``ClientError`` for what the service refuses (C23).
    Threads may share a client: each call takes the lock of its session (C53).

    Args:
        account: What operations read and change; passed to them as it is.
        region_name: The region.
        lock: The session's lock; None: a new one.
        advance: Moves the time of the session by seconds, for waiters (D4); None: time is the
            caller's, and a waiter looks once (C40).

    Attributes:
        exceptions: The exceptions of the service.
        _model: The service's model.
        _operations: The registry of the service's operations, by the API's name.
    """

    exceptions: ClassVar[Exceptions]
    _model: ClassVar[ServiceModel]
    _operations: ClassVar[Mapping[str, Operation]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        operations: Mapping[str, Operation] = vars(cls).get("_operations", {})
        for name, function in operations.items():
            operation = cls._model.operations[name]
            if operation.method not in vars(cls):
                setattr(cls, operation.method, _method(cls, operation, function))

    def __init__(
        self,
        account: Any,
        region_name: str,
        lock: SessionLock | None = None,
        *,
        advance: Advance | None = None,
    ) -> None:
        self.meta = ClientMeta(region_name)
        self._account = account
        self._lock = SessionLock() if lock is None else lock
        self._advance = advance

    def __getattr__(self, name: str) -> Any:
        if name in self._model.absent:
            known = ", ".join(sorted(self._model.methods))
            raise AbsentOperationError(
                f"{name} is an operation of {self._model.service_id} that this client does not "
                f"have; it has {known}"
            )
        raise AttributeError(f"{type(self).__name__} has no attribute {name}")

    def _call(self, name: str, parameters: Mapping[str, Any]) -> Answer:
        """Check a call, make it, and answer with a copy that belongs to the caller."""
        operation = self._model.operations[name]
        with self._lock.call(operation.method, only_reads=operation.only_reads):
            try:
                checked = checked_parameters(operation.input_shape, parameters, self.exceptions)
                found = self._operations[name](self._account, checked)
            except ClientError as error:
                if error.operation_name:
                    raise
                raise type(error)(error.response, name) from None
        answer: Answer = dict(found) if isinstance(found, FreshAnswer) else plain_copy(found)
        further = answer.get("ResponseMetadata", {})  # what the model has no field for (A37)
        answer["ResponseMetadata"] = {"HTTPStatusCode": 200, "RetryAttempts": 0, **further}
        return answer

    def close(self) -> None:
        """Do nothing: there is no connection.  Calls go on working, as boto3's do."""

    # Pages

    def get_paginator(self, operation_name: str) -> Paginator:
        """Return the paginator of a call by its method's name: ``list_tasks``.

        Raises:
            UsageError: the method does not answer in pages.
        """
        pagination = self._pagination(operation_name)
        if pagination is None:
            raise UsageError(f"{describe_value(operation_name)} does not answer in pages")
        return Paginator(getattr(self, operation_name), pagination)

    def can_paginate(self, operation_name: str) -> bool:
        """Return whether a method has a paginator."""
        return self._pagination(operation_name) is not None

    def _pagination(self, method: str) -> Pagination | None:
        operation = self._model.methods.get(method) if isinstance(method, str) else None
        return None if operation is None else operation.pagination

    # Waiters

    @property
    def waiter_names(self) -> list[str]:
        """The names that ``get_waiter`` takes."""
        return sorted(self._model.waiters)

    def get_waiter(self, waiter_name: str) -> Waiter:
        """Return a waiter by boto3's name for it: ``tasks_running``.

        Raises:
            UsageError: there is no such waiter.
        """
        model = self._model.waiters.get(waiter_name) if isinstance(waiter_name, str) else None
        if model is None:
            known = ", ".join(self.waiter_names)
            is_absent = isinstance(waiter_name, str) and waiter_name in self._model.absent_waiters
            raise UsageError(
                f"{waiter_name} is a waiter of {self._model.service_id} that this client does not "
                f"have; it has {known}"
                if is_absent
                else f"{describe_value(waiter_name)} is no waiter; there are {known}"
            )
        return Waiter(
            model,
            getattr(self, model.method),
            check_outside=lambda: self._check_outside(f"waiter {waiter_name}"),
            advance=self._advance,
        )

    def _check_outside(self, name: str) -> None:
        """Refuse what moves the time inside a function of the caller (C55)."""
        with self._lock.call(name, only_reads=False):
            return

    # Copies: each sees the account between two calls, never in the middle of one

    def __copy__(self) -> Self:
        """Return another client of the same account."""
        twin = object.__new__(type(self))
        twin.__dict__.update(vars(self))
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = object.__new__(type(self))
        with self._lock.call("deepcopy", only_reads=True):
            twin.__dict__.update(copy.deepcopy(vars(self), memo))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        # The pickler reads the state after this method has returned and the lock is free: hence a
        # copy.  Objects of the caller are not copied: they may be in the same pickle themselves.
        memo = {id(one): one for one in self._callers_objects()}
        with self._lock.call("pickle", only_reads=True):
            return {**vars(self), "_account": copy.deepcopy(self._account, memo)}

    def _callers_objects(self) -> Iterable[Any]:
        """Return the objects in the account that the caller passed in, such as a clock."""
        return ()


def _method(
    client: type[ServiceClient], operation: OperationModel, function: Operation
) -> Callable[..., Answer]:
    """Return the method of an operation."""

    def call(self: ServiceClient, **parameters: Any) -> Answer:
        return self._call(operation.name, parameters)

    call.__name__ = operation.method
    call.__qualname__ = f"{client.__name__}.{operation.method}"
    call.__module__ = client.__module__
    call.__doc__ = function.__doc__
    return call
