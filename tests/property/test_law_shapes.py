"""Whatever the parameters of a call are, they are taken and refused as botocore's validator does.

Parameters are made from the shapes and then spoilt here and there; both reports are compared, but
for values, which botocore prints whole and we do not.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import Shape
from hypothesis import given
from hypothesis import strategies as st

from against_botocore import botocore_report, operation_of
from placement.aws.service_model import load_service_model
from placement.ecs import ClientError, ParamValidationError
from placement.ecs.service import check_parameters

OPERATIONS = sorted(load_service_model("ecs").operations)

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=2),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.just((1, "a")),
    st.just({1}),
    st.just(1j),
)
"""What stands where it should not, now and then."""

SCALARS = {
    "string": st.text(max_size=3),
    "integer": st.integers(-5, 5),
    "long": st.integers(-5, 5),
    "double": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5),
    "boolean": st.booleans(),
    "timestamp": st.datetimes(timezones=st.just(UTC)),
}


@st.composite
def values(draw: st.DrawFn, shape: Shape) -> Any:
    """Draw a value for a shape, which is not always one of it."""
    if draw(st.integers(0, 11)) == 0:
        return draw(ANYTHING)
    kind = shape.type_name
    if kind in SCALARS:
        return draw(SCALARS[kind])
    if kind == "list":
        return draw(st.lists(values(shape.member), max_size=2))
    if kind == "map":
        return draw(st.dictionaries(values(shape.key).filter(hashable), ANYTHING, max_size=2))
    members = [*shape.members, *shape.required_members * 9]
    names = draw(st.lists(st.sampled_from(members), max_size=4, unique=True))
    found = {name: draw(values(shape.members[name])) for name in names}
    if draw(st.integers(0, 11)) == 0:
        found[draw(st.text(max_size=3))] = 1
    return found


def hashable(value: Any) -> bool:
    return not isinstance(value, (list, dict, set))


def lines(report: str) -> list[str]:
    """Return the lines of a report in some order, without the values in them."""
    return sorted(re.sub(r"value: .*?, (type|valid)", r"\1", line) for line in report.split("\n"))


def ours(operation: str, parameters: dict[str, Any]) -> str:
    try:
        check_parameters(operation, parameters)
    except ParamValidationError as error:
        return error.report
    except ClientError:
        return ""  # botocore would send a number that the service cannot read
    return ""


@pytest.mark.parametrize("operation", OPERATIONS)
@given(data=st.data())
def test_the_reports_are_the_same(operation: str, data: st.DataObject) -> None:
    """C23."""
    method = xform_name(operation)
    parameters = data.draw(values(operation_of(method).input_shape))
    if not isinstance(parameters, dict):
        parameters = {"cluster": parameters}
    theirs, found = botocore_report(method, parameters), ours(operation, parameters)
    assert bool(theirs) == bool(found)
    if plain(parameters):
        assert lines(theirs) == lines(found)


def plain(value: Any) -> bool:
    """Return whether all keys are texts that are printed as they are."""
    if isinstance(value, dict):
        keys = all(isinstance(key, str) and key.isprintable() for key in value)
        return keys and all(map(plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(plain, value))
    return not isinstance(value, str) or value.isprintable()
