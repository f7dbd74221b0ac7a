"""boto3's waiters: a call is made again and again until its answer is the one that is waited for.

In: the model of a waiter, the client's method, and a function that moves the time.  Out: nothing
once the answer has come, else ``WaiterError``.  A waiter never sleeps: between two calls it moves
the model's time by its delay (D4).  Knows no service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from placement.aws.errors import ClientError, ParamValidationError, WaiterError
from placement.aws.service_model import Acceptor, WaiterModel
from placement.errors import UsageError, describe_value

__all__ = ["Advance", "Waiter"]

Advance = Callable[[float], object]
"""Moves the model's time by seconds, and runs what falls due meanwhile."""

_MOST_SECONDS = 10**9
_MOST_ATTEMPTS = 10**9


class Waiter:
    """What ``client.get_waiter("tasks_running")`` returns.

    Args:
        model: What is waited for.
        call: The client's method.
        check_outside: Raises ``UsageError`` inside a function of the caller, where the time may not
            be moved (C55).
        advance: Moves the time; None: time is the caller's, and a waiter can only look once (C40).
    """

    def __init__(
        self,
        model: WaiterModel,
        call: Callable[..., dict[str, Any]],
        *,
        check_outside: Callable[[], None],
        advance: Advance | None,
    ) -> None:
        self._model = model
        self._call = call
        self._check_outside = check_outside
        self._advance = advance
        self.name = model.name

    def __repr__(self) -> str:
        return f"<Waiter {self.name}>"

    def wait(self, **parameters: Any) -> None:
        """Make the call until its answer is the one that is waited for.

        Takes the call's parameters, and ``WaiterConfig`` with ``Delay`` (seconds of model time
        between two calls) and ``MaxAttempts`` (calls).

        Raises:
            ParamValidationError: ``WaiterConfig``, or a parameter of the call, is not of its form.
            UsageError: it would have to wait and time is the caller's (C40), or the call is made
                inside a function of the caller (C55).
            WaiterError: an answer says that what is waited for will not come, the service refuses
                the call, or all attempts are used up.
        """
        config = parameters.pop("WaiterConfig", None)
        delay, attempts = self._settings({} if config is None else config)
        self._check_outside()
        last: Acceptor | None = None
        for attempt in range(1, attempts + 1):
            response = self._response(parameters)
            matched = next((one for one in self._model.acceptors if one.matches(response)), None)
            last = matched or last
            if matched is None and "Error" in response:
                error = response["Error"]
                reason = f"An error occurred ({error['Code']}): {error['Message']}"
                raise WaiterError(self.name, reason, response)
            if matched is not None and matched.state == "success":
                return
            if matched is not None and matched.state == "failure":
                reason = f"Waiter encountered a terminal failure state: {matched}"
                raise WaiterError(self.name, reason, response)
            if self._advance is None:
                raise UsageError(
                    f"{self.name} is not done, and time is the caller's: move the clock on and "
                    "wait again"
                )
            if attempt < attempts:
                self._advance(delay)
        found = "" if last is None else f". Previously accepted state: {last}"
        raise WaiterError(self.name, f"Max attempts exceeded{found}", response)

    def _response(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer of the call, or what the service's refusal says."""
        try:
            return self._call(**parameters)
        except ClientError as error:
            return error.response

    def _settings(self, config: Any) -> tuple[float, int]:
        """Return the seconds between two calls, and how many calls are made at most."""
        if not isinstance(config, Mapping):
            raise ParamValidationError(
                report=f"WaiterConfig is a dict, not {describe_value(config)}"
            )
        for name in config:
            if name not in ("Delay", "MaxAttempts"):
                raise ParamValidationError(
                    report=f"WaiterConfig has Delay and MaxAttempts, not {describe_value(name)}"
                )
        delay = config.get("Delay", self._model.delay)
        if type(delay) not in (int, float) or not 0 <= delay <= _MOST_SECONDS:
            raise ParamValidationError(
                report=f"Delay is a number of seconds from 0 to {_MOST_SECONDS}, "
                f"not {describe_value(delay)}"
            )
        attempts = config.get("MaxAttempts", self._model.max_attempts)
        if type(attempts) is not int or not 1 <= attempts <= _MOST_ATTEMPTS:
            raise ParamValidationError(
                report=f"MaxAttempts is a whole number from 1 to {_MOST_ATTEMPTS}, "
                f"not {describe_value(attempts)}"
            )
        return delay, attempts
