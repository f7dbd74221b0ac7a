"""Waiters end as botocore's do, and move the model's time instead of sleeping (D4, C40)."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import botocore.session
import botocore.waiter
import pytest
from botocore import xform_name
from hypothesis import given
from hypothesis import strategies as st

from make_service_model import SERVICES
from placement.aws.client import ServiceClient, SessionLock
from placement.aws.errors import ClientError, Exceptions, ParamValidationError, WaiterError
from placement.aws.service_model import OperationModel, ServiceModel, load_service_model
from placement.errors import UsageError

EVERY = [(service, name) for service in SERVICES for name in load_service_model(service).waiters]
OK = {"ResponseMetadata": {"HTTPStatusCode": 200}}
RUNNING = {**OK, "tasks": [{"lastStatus": "RUNNING"}]}
PENDING = {**OK, "tasks": [{"lastStatus": "PENDING"}]}
STOPPED = {**OK, "tasks": [{"lastStatus": "STOPPED"}]}


def client_of(
    service: str, answers: list[Any], advance: Callable[[float], object] | None = None
) -> ServiceClient:
    """Return a client with a service's waiters, whose calls give the answers in turn."""
    model = load_service_model(service)
    left = iter(answers)

    def answer(_account: Any, _parameters: dict[str, Any]) -> dict[str, Any]:
        found = next(left)
        if "Error" in found:
            raise ClientError(found, "")
        return dict(found)

    lenient = {
        name: OperationModel(one.name, one.method, attrs_free(one), one.pagination)
        for name, one in model.operations.items()
    }
    of_service = ServiceModel(
        model.service_id,
        lenient,
        model.absent,
        model.shapes,
        model.errors,
        model.waiters,
        model.absent_waiters,
    )

    class Scripted(ServiceClient):
        exceptions = Exceptions("X", (), unreadable_code="X", module=__name__)
        _model = of_service
        _operations = dict.fromkeys(lenient, answer)

    return Scripted(None, "us-east-1", advance=advance)


def attrs_free(operation: OperationModel) -> Any:
    """Return the parameters of an operation, none of them required."""
    found = copy.copy(operation.input_shape)
    object.__setattr__(found, "required", ())
    return found


STATES = [
    *("ACTIVE", "INACTIVE", "DRAINING", "RUNNING", "PENDING", "STOPPED"),
    *("MISSING", "healthy", "unused", "initial", "active", "provisioning"),
]
state = st.sampled_from(STATES)
one_item = st.fixed_dictionaries(
    {},
    optional={
        "status": state,
        "lastStatus": state,
        "reason": state,
        "runningCount": st.integers(0, 2),
        "desiredCount": st.integers(0, 2),
        "State": st.fixed_dictionaries({"Code": state}),
        "TargetHealth": st.fixed_dictionaries({"State": state}),
    },
).map(lambda item: {"deployments": [{}], **item})
LISTS = (
    *("services", "tasks", "failures", "LoadBalancers", "TargetHealthDescriptions"),
    *("MetricAlarms", "CompositeAlarms", "LogAlarms"),
)
answers = st.fixed_dictionaries({name: st.lists(one_item, max_size=2) for name in LISTS}).map(
    lambda found: {**OK, **found}
)
codes = ["LoadBalancerNotFound", "InvalidTarget", "InvalidInstance", "AccessDenied"]
refusals = st.sampled_from(codes).map(
    lambda code: {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
)
scripts = st.lists(st.one_of(answers, answers, refusals), min_size=4, max_size=4)


@pytest.mark.parametrize(("service", "name"), EVERY, ids=lambda one: str(one))
@given(script=scripts)
def test_a_waiter_ends_as_botocores_does(service: str, name: str, script: list[Any]) -> None:
    loader = botocore.session.get_session().get_component("data_loader")
    model = botocore.waiter.WaiterModel(loader.load_service_model(service, "waiters-2"))
    theirs_name = next(one for one in model.waiter_names if xform_name(one) == name)
    config = model.get_waiter(theirs_name)
    config.delay, config.max_attempts = 0, 4
    asked = iter(copy.deepcopy(script))
    theirs = botocore.waiter.Waiter(theirs_name, config, lambda **_: next(asked))
    expected = outcome(lambda: theirs.wait(), botocore.exceptions.WaiterError)
    waits: list[float] = []
    mine = client_of(service, script, waits.append).get_waiter(name)
    found = outcome(lambda: mine.wait(WaiterConfig={"Delay": 7, "MaxAttempts": 4}), WaiterError)
    assert found == expected
    assert waits == [7] * (len(script) - len(list(asked)) - 1), "time moves between two calls only"


def outcome(wait: Callable[[], None], error: type[Any]) -> Any:
    """Return how waiting ended: the kind of reason, and the answer it ended with."""
    try:
        wait()
    except error as caught:
        reason = str(caught).partition("failed: ")[2]
        kinds = ("Waiter encountered a terminal failure state", "Max attempts exceeded")
        kind = next((one for one in kinds if reason.startswith(one)), reason)
        status = caught.last_response["ResponseMetadata"]["HTTPStatusCode"]
        return kind, {**caught.last_response, "ResponseMetadata": status}
    return None


def test_a_waiter_has_botocores_delay_and_attempts() -> None:
    """S2.6."""
    waits: list[float] = []
    waiter = client_of("ecs", [PENDING] * 100, waits.append).get_waiter("tasks_running")
    with pytest.raises(WaiterError, match=r"TasksRunning failed: Max attempts exceeded$") as caught:
        waiter.wait()
    assert waits == [6] * 99
    assert caught.value.last_response["tasks"] == PENDING["tasks"]
    assert (caught.value.name, caught.value.reason) == ("TasksRunning", "Max attempts exceeded")


def test_the_state_accepted_last_is_said() -> None:
    answer = {**OK, "LoadBalancers": [{"State": {"Code": "provisioning"}}]}
    client = client_of("elbv2", [answer] * 2, lambda _: None)
    with pytest.raises(WaiterError, match=r"Previously accepted state: an item of .* provisioning"):
        client.get_waiter("load_balancer_available").wait(WaiterConfig={"MaxAttempts": 2})


def test_where_time_is_the_callers_a_waiter_looks_once_c40() -> None:
    client_of("ecs", [RUNNING]).get_waiter("tasks_running").wait()
    with pytest.raises(WaiterError, match="terminal failure state"):
        client_of("ecs", [STOPPED]).get_waiter("tasks_running").wait()
    waiter = client_of("ecs", [PENDING, RUNNING]).get_waiter("tasks_running")
    with pytest.raises(UsageError, match="TasksRunning is not done, and time is the caller's"):
        waiter.wait()


def test_a_waiter_is_refused_inside_a_function_of_the_caller_c55() -> None:
    client = client_of("ecs", [RUNNING], lambda _: None)
    waiter = client.get_waiter("tasks_running")
    lock: SessionLock = client._lock
    with (
        lock.call("advance", only_reads=False),
        pytest.raises(UsageError, match="waiter tasks_run"),
    ):
        waiter.wait()
    waiter.wait()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ([], "WaiterConfig is a dict"),
        ({"Delays": 1}, "WaiterConfig has Delay and MaxAttempts"),
        ({"Delay": "1"}, "Delay is a number of seconds"),
        ({"Delay": -1}, "Delay is a number of seconds"),
        ({"Delay": float("nan")}, "Delay is a number of seconds"),
        ({"Delay": 10**5000}, "Delay is a number of seconds"),
        ({"Delay": True}, "Delay is a number of seconds"),
        ({"MaxAttempts": 0}, "MaxAttempts is a whole number"),
        ({"MaxAttempts": 1.0}, "MaxAttempts is a whole number"),
        ({"MaxAttempts": None}, "MaxAttempts is a whole number"),
    ],
)
def test_settings_of_another_form_are_refused(config: Any, words: str) -> None:
    waiter = client_of("ecs", [RUNNING], lambda _: None).get_waiter("tasks_running")
    with pytest.raises(ParamValidationError, match=words):
        waiter.wait(WaiterConfig=config)


def test_names_of_waiters_c47() -> None:
    client = client_of("cloudwatch", [])
    assert client.waiter_names == ["alarm_exists", "composite_alarm_exists", "log_alarm_exists"]
    with pytest.raises(UsageError, match="alarm_mute_rule_exists is a waiter of CloudWatch that"):
        client.get_waiter("alarm_mute_rule_exists")
    junk: list[Any] = ["tasks_running", "", 1, None, [], b"alarm_exists"]
    for name in junk:
        with pytest.raises(UsageError, match="is no waiter; there are alarm_exists"):
            client.get_waiter(name)
    assert repr(client.get_waiter("alarm_exists")) == "<Waiter AlarmExists>"


def test_an_error_of_a_waiter_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(WaiterError("TasksRunning", "no", {"a": 1})))
    assert (str(error), error.last_response) == ("Waiter TasksRunning failed: no", {"a": 1})


def test_it_is_botocores_error_too_c40() -> None:
    code = (
        "import botocore.exceptions as theirs, pickle\n"
        "from placement.ecs import WaiterError, botocore_errors\n"
        "botocore_errors()\n"
        "error = WaiterError('A', 'no', {'a': 1})\n"
        "assert isinstance(error, theirs.WaiterError)\n"
        "assert str(pickle.loads(pickle.dumps(error))) == 'Waiter A failed: no'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
