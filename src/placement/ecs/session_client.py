"""The base of a session's clients: they share its account, its lock and its time (C24).

In: a session.  Out: a client class.  Copies and pickles of a client are clients of a copied
session, so that several clients of one account stay together.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar, Self

from placement.aws.client import Answer, ServiceClient

if TYPE_CHECKING:
    from placement.ecs.control.account import Account
    from placement.ecs.session import Session

__all__ = ["SessionClient"]


class SessionClient(ServiceClient):
    """A client of a session.

    Attributes:
        service_name: boto3's name of the service.
    """

    service_name: ClassVar[str]
    _account: Account
    _session: Session

    @classmethod
    def of(cls, session: Session) -> Self:
        """Return a new client of a session."""
        client = object.__new__(cls)
        client._connect(session)
        return client

    def _connect(self, session: Session) -> None:
        account = session._account
        advance = None if account.has_clock else session.advance
        ServiceClient.__init__(self, account, account.region, session._lock, advance=advance)
        self._session = session

    @property
    def session(self) -> Session:
        """The session that this client belongs to."""
        return self._session

    def _call(self, name: str, parameters: Any) -> Answer:
        with self._lock.together():
            self._session._before_call()
            return super()._call(name, parameters)

    # Copies

    def __copy__(self) -> Self:
        """Return another client of the same session."""
        return type(self).of(self._session)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin: Self = copy.deepcopy(self._session, memo).client(self.service_name)
        memo[id(self)] = twin
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {"session": self._session}

    def __setstate__(self, state: dict[str, Any]) -> None:
        session: Session = state["session"]
        self._connect(session)
        session._clients.setdefault(self.service_name, self)
