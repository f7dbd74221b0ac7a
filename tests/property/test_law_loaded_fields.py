"""Every field of botocore's output shapes that comes in by a document comes out again (C50).

Documents have any of the members of their shape; a session loads them and is written.  Each member,
at any depth, is there again, and has the value that it had unless the model counts it itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import Shape
from hypothesis import given, settings
from hypothesis import strategies as st

from against_botocore import operation_of
from loaded_fields import (
    AROUND,
    AROUND_SERVICES,
    CONFIGURATIONS,
    DECIDED,
    FIXED,
    GROUP,
    LISTS,
    NEEDED,
    NEEDED_INSIDE,
    NOON,
    OF_ONE_METRIC,
    POLICIES,
)
from placement.ecs import Session


@st.composite
def documents(draw: st.DrawFn, shape: Shape, name: str, needed: tuple[str, ...] = ()) -> Any:
    """Draw a document of a shape: any of its members, those that are needed always."""
    known = getattr(shape, "enum", ())
    if name == "status" and "INACTIVE" in known:
        return draw(st.sampled_from(("ACTIVE", "INACTIVE")))
    if name in FIXED and (not known or FIXED[name] in known):
        return FIXED[name]
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return {"a": 1}
    if kind == "structure":
        required = {*shape.required_members, *needed, *NEEDED_INSIDE.get(name, ())}
        chosen = [one for one in shape.members if one in required or draw(st.booleans())]
        return {one: draw(documents(shape.members[one], one)) for one in chosen}
    if kind == "list":
        return [draw(documents(shape.member, f"{name}[]"))]
    if kind == "map":
        return {"key": draw(documents(shape.value, ""))}
    if kind == "string":
        return draw(st.sampled_from(known)) if known else f"{name or 'text'}-1"
    if kind == "boolean":
        return draw(st.booleans())
    if kind == "timestamp":
        return NOON
    return 1.0 if kind in ("double", "float") else draw(st.integers(1, 3))


def lost(before: Any, after: Any, decided: Collection[str], path: str = "") -> Iterator[str]:
    """Yield what of a document is not in another one; of ``decided`` members, that they are."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name not in after:
                yield f"{path}.{name} is gone"
            elif name not in decided:
                yield from lost(value, after[name], decided, f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path} had {len(before)} items, and has {len(after)}"
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from lost(one, other, decided, f"{path}[{number}]")
    elif before != after:
        yield f"{path} was {before!r} and is {after!r}"


_OF_BOTH = ("networkConfiguration", "capacityProviderStrategy", "launchType")
"""Members that a service has from its primary deployment."""


def _agree(document: dict[str, Any]) -> None:
    """Take members that exclude others out of what a provider of Managed Instances launches."""
    launch = document.get("managedInstancesProvider", {}).get("instanceLaunchTemplate", {})
    requirements = launch.get("instanceRequirements", {})
    if "allowedInstanceTypes" in requirements:
        requirements.pop("excludedInstanceTypes", None)
    if "spotMaxPricePercentageOverLowestPrice" in requirements:
        requirements.pop("maxSpotPriceAsPercentageOfOptimalOnDemandPrice", None)
    launch.get("capacityReservations", {}).pop("reservationPreference", None)
    configuration = document.get("deploymentConfiguration", {})
    for kind in ("linear", "canary"):  # are there exactly if the strategy is theirs (D10)
        if configuration.get("strategy") != kind.upper():
            configuration.pop(f"{kind}Configuration", None)
    for one in document.get("placementConstraints", ()):
        if one["type"] == "distinctInstance":
            one.pop("expression", None)
        else:
            one["expression"] = FIXED["expression"]
    for one in document.get("placementStrategy", ()):
        if one["type"] == "random":
            del one["field"]
        elif one["type"] == "binpack":
            one["field"] = "memory"
    if document.get("launchType") == "MANAGED_INSTANCES":  # which only a strategy says
        strategy = [{"capacityProvider": "machines", "weight": 1}]
        document.setdefault("capacityProviderStrategy", strategy)
    for one in document.get("deployments", ()):
        if "status" in one:
            one["status"] = "PRIMARY"
        if "rolloutStateReason" in one:
            one.setdefault("rolloutState", "IN_PROGRESS")
        one |= {key: document[key] for key in _OF_BOTH if key in document}
        document |= {key: one[key] for key in _OF_BOTH if key in one}


@pytest.mark.parametrize("name", LISTS)
@settings(deadline=None)
@given(data=st.data())
def test_every_member_that_came_in_comes_out_again(name: str, data: st.DataObject) -> None:
    service, method = LISTS[name]
    shape = operation_of(method, service).output_shape.members[name].member
    document = data.draw(documents(shape, "", NEEDED[name]))
    if "Metrics" in document:
        document = {key: value for key, value in document.items() if key not in OF_ONE_METRIC}
    _agree(document)
    if name == "ScalingPolicies":
        document.pop("Alarms", None)
        document = {key: value for key, value in document.items() if key not in CONFIGURATIONS}
        document |= data.draw(st.sampled_from(POLICIES))
    if str(document.get("type")).startswith("FARGATE"):
        document |= {"name": document["type"], "status": "ACTIVE"}
    given: dict[str, Any] = {name: [document]}
    if name == "Activities":
        given["AutoScalingGroups"] = [{"AutoScalingGroupName": "web", "AutoScalingGroupARN": GROUP}]
    around = AROUND.get(name, ())
    given = {one: AROUND_SERVICES[one] for one in around} | given
    if "networkConfiguration" in document:
        (definition,) = given["taskDefinitions"]
        given["taskDefinitions"] = [definition | {"networkMode": "awsvpc"}]
        shown = {"networkConfiguration": document["networkConfiguration"]}
        given["services"] = [one | shown for one in given["services"]]
    session = Session.from_ecs(given, start=datetime(2026, 3, 2, tzinfo=UTC))
    written = session.to_ecs()
    key = NEEDED[name][0]
    (found,) = [one for one in written[name] if one[key] == document[key]]
    assert list(lost(document, found, DECIDED.get(name, ()))) == []
    again = Session.from_ecs(written).to_ecs()
    (twice,) = [one for one in again[name] if one[key] == document[key]]
    assert list(lost(twice, found, ())) == list(lost(found, twice, ())) == []
