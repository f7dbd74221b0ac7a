"""Look up what a call names, or refuse the call; pages of lists.

In: an account, and names of a call.  Out: records, or the exception of the API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from placement.aws.paginators import InvalidTokenError, page_of
from placement.ecs.calls.autoscaling.errors import invalid, refused
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import GroupInstanceRecord, GroupRecord

__all__ = ["page", "the_group", "the_instance"]

Item = TypeVar("Item")


def the_group(account: Account, name: str) -> GroupRecord:
    """Return the group of a name.

    Raises:
        ValidationError: there is none.
    """
    found = account.groups.get(name)
    if found is None:
        raise invalid("AutoScalingGroup name not found - null")
    return found


def the_instance(account: Account, id: str) -> tuple[GroupRecord, GroupInstanceRecord]:
    """Return the instance of an id, and its group.

    Raises:
        ValidationError: no group has it.
    """
    for group in account.groups.values():
        one = group.instances.get(id)
        if one is not None:
            return group, one
    raise invalid(f"Instance Id not found - No managed instance found for instance ID: {id}")


def page(
    keys: Sequence[str],
    records: Mapping[str, Item],
    parameters: Mapping[str, Any],
    limit: int,
    usual: int,
) -> tuple[list[Item], dict[str, str]]:
    """Return the records of a page, and ``NextToken`` if another page follows.

    Args:
        keys: The keys of the whole list, always in the same order.
        records: The records by key.
        parameters: The call's parameters.
        limit: The largest page.
        usual: The size of a page without ``MaxRecords``.
    """
    size = parameters.get("MaxRecords", usual)
    if not 1 <= size <= limit:
        raise invalid(f"MaxRecords must be from 1 to {limit}, not {size}")
    try:
        found, token = page_of(keys, size, parameters.get("NextToken"))
    except InvalidTokenError:
        raise refused("InvalidNextToken", "The token is none that a call answered with") from None
    return [records[key] for key in found], {} if token is None else {"NextToken": token}
