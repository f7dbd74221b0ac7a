"""Tags of load balancers, target groups, listeners and rules.

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.calls.elbv2.answers import tags_answer
from placement.ecs.calls.elbv2.checking import MAX_TAGS, tags_of
from placement.ecs.calls.elbv2.errors import invalid, refused
from placement.ecs.calls.elbv2.lookups import the_resource
from placement.ecs.control.account import Account

__all__ = ["add_tags", "describe_tags", "remove_tags"]

Parameters = dict[str, Any]

MOST_RESOURCES = 20


def _resources(account: Account, parameters: Mapping[str, Any]) -> list[Any]:
    """Return what a call names, each once."""
    arns = parameters["ResourceArns"]
    if not 1 <= len(arns) <= MOST_RESOURCES:
        raise invalid(f"From 1 to {MOST_RESOURCES} resources can be specified, not {len(arns)}")
    return [the_resource(account.elb, arn) for arn in dict.fromkeys(arns)]


def add_tags(account: Account, parameters: Parameters) -> Parameters:
    """Add tags to resources; one with a key that is there replaces its value."""
    resources = _resources(account, parameters)
    tags = tags_of(parameters["Tags"], duplicate_code="DuplicateTagKeys")
    for one in resources:
        if len({**one.tags, **tags}) > MAX_TAGS:
            raise refused("TooManyTags", f"A resource can have at most {MAX_TAGS} tags")
    for one in resources:
        one.tags = {**one.tags, **tags}
    return {}


def remove_tags(account: Account, parameters: Parameters) -> Parameters:
    """Remove the tags of keys from resources; a key that is not there is no error."""
    resources = _resources(account, parameters)
    keys = set(parameters["TagKeys"])
    for one in resources:
        one.tags = {key: value for key, value in one.tags.items() if key not in keys}
    return {}


def describe_tags(account: Account, parameters: Parameters) -> Parameters:
    """Describe the tags of resources."""
    found = [
        {"ResourceArn": one.arn, "Tags": tags_answer(one.tags)}
        for one in _resources(account, parameters)
    ]
    return {"TagDescriptions": found}
