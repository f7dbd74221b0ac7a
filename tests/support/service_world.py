"""A small account for fuzzing the clients ``elbv2`` and ``cloudwatch``, and parameters of calls.

``world`` makes the clients of an account with something of everything; ``parameters`` draws what
botocore's model allows for a call, with names that often hit what is there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

from against_botocore import operation_of
from client_world import NOON, ODD
from elbv2_actions import fixed, forward, path_is
from placement.aws.client import ServiceClient
from placement.aws.service_model import load_service_model
from placement.ecs import Session

METHODS = [("elbv2", method) for method in sorted(load_service_model("elbv2").methods)]
"""Calls about load balancers; those about metrics and scaling are of ``scaling_call_world``."""


def world() -> dict[str, ServiceClient]:
    """Return the clients of an account with load balancers, rules, targets and alarms."""
    session = Session(seed=7, start=NOON)
    session._account.subnets["subnet-a"] = ("vpc-1", "us-east-1a")
    elb: Any = session.client("elbv2")
    cloudwatch: Any = session.client("cloudwatch")
    web = elb.create_load_balancer(Name="web", Subnets=["subnet-a", "subnet-b"])
    net = elb.create_load_balancer(Name="net", Type="network", Subnets=["subnet-a"])
    groups = []
    for name, protocol in (("blue", "HTTP"), ("green", "HTTP"), ("free", "HTTP"), ("tcp", "TCP")):
        made = elb.create_target_group(
            Name=name, Protocol=protocol, Port=80, VpcId="vpc-1", TargetType="ip"
        )
        groups.append(made["TargetGroups"][0]["TargetGroupArn"])
    blue, green, _, tcp = groups
    first = elb.create_listener(
        LoadBalancerArn=web["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[forward({blue: 90, green: 10})],
    )
    elb.create_listener(
        LoadBalancerArn=net["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="TCP",
        Port=443,
        DefaultActions=[forward({tcp: 1})],
    )
    elb.create_rule(
        ListenerArn=first["Listeners"][0]["ListenerArn"],
        Priority=1,
        Conditions=path_is("/a"),
        Actions=[fixed()],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    for number, arn in enumerate(groups):
        elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": f"10.0.0.{number}"}])
    for name in ("high", "low"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/ECS",
            MetricName="CPUUtilization",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=3,
            Threshold=70.0,
            ComparisonOperator="GreaterThanThreshold",
        )
    scaling = session.client("application-autoscaling")
    return {"application-autoscaling": scaling, "elbv2": elb, "cloudwatch": cloudwatch}


@cache
def known_arns() -> dict[str, list[str]]:
    """Return the ARNs of ``world``, which its seed decides, by the parameter that takes them."""
    elb = world()["elbv2"]._account.elb
    found = {
        "LoadBalancerArn": list(elb.load_balancers),
        "ListenerArn": list(elb.listeners),
        "RuleArn": list(elb.rules),
        "TargetGroupArn": list(elb.targets.groups),
    }
    plural = {f"{name}s": arns for name, arns in found.items()}
    return {**found, **plural, "ResourceArns": [arn for arns in found.values() for arn in arns]}


POOLS: dict[str, list[str]] = {
    "Name": ["web", "net", "blue", "tcp", "new"],
    "Names": ["web", "net", "blue", "tcp"],
    "Subnets": ["subnet-a", "subnet-b", "subnet-c"],
    "SubnetId": ["subnet-a", "subnet-b", "subnet-c"],
    "VpcId": ["vpc-1", "vpc-2"],
    "Id": ["10.0.0.0", "10.0.0.1", "10.0.0.9", "::1", "i-1"],
    "ProtocolVersion": ["HTTP1", "HTTP2", "GRPC"],
    "HealthCheckPort": ["traffic-port", "80", "70000"],
    "HealthCheckPath": ["/", "/health"],
    "HttpCode": ["200", "200-299", "x"],
    "GrpcCode": ["12", "0-99"],
    "StatusCode": ["200", "404", "302"],
    "Field": ["path-pattern", "host-header", "source-ip"],
    "Values": ["/a", "/b"],
    "CertificateArn": ["arn:aws:acm:us-east-1:123456789012:certificate/1"],
    "Key": [
        "a",
        "deregistration_delay.timeout_seconds",
        "stickiness.enabled",
        "idle_timeout.timeout_seconds",
        "deletion_protection.enabled",
    ],
    "Value": ["true", "false", "0", "60", "a"],
    "AlarmName": ["high", "low", "new"],
    "AlarmNames": ["high", "low", "new"],
    "AlarmNamePrefix": ["h", "l"],
    "TreatMissingData": ["missing", "ignore"],
    "StateReasonData": ["{}", "1", "{"],
}
MOMENTS = [NOON, NOON.replace(hour=9), NOON.replace(year=2030), NOON.replace(tzinfo=None), 0]
NUMBERS = [0, 1, 2, 5, 10, 30, 60, 80, 81, 100, 443, 999, 65_535, 65_536, 2**31 - 1, -1]


def pool(name: str) -> st.SearchStrategy[str]:
    """Return texts for a parameter of some name: mostly such as mean something there."""
    likely = {**POOLS, **known_arns()}.get(name, ["a", "b"])
    return st.one_of(*[st.sampled_from(likely)] * 6, st.sampled_from(ODD), st.text(max_size=8))


Pool = Callable[[str], st.SearchStrategy[str]]
"""Returns texts for a parameter of some name."""


@st.composite
def values(draw: st.DrawFn, shape: Shape, name: str, texts: Pool = pool) -> Any:
    """Draw what the model allows in a place; ``texts`` says what its texts may be."""
    kind = shape.type_name
    if kind == "structure":
        required = list(shape.required_members)
        others = [member for member in shape.members if member not in required]
        chosen = draw(st.lists(st.sampled_from(others), max_size=5, unique=True)) if others else []
        if shape.is_tagged_union:
            chosen = [draw(st.sampled_from(others))]
        names = [*required, *chosen]
        return {key: draw(values(shape.members[key], key, texts)) for key in names}
    if kind == "list":
        return draw(st.lists(values(shape.member, name, texts), max_size=3))
    if kind == "map":
        pairs = st.dictionaries(texts("a"), values(shape.value, "a", texts), max_size=3)
        return draw(pairs)
    if kind == "string":
        if shape.enum and draw(st.integers(0, 9)):
            return draw(st.sampled_from(shape.enum))
        return draw(texts(name))
    if kind == "boolean":
        return draw(st.booleans())
    if kind == "double":
        return draw(st.sampled_from([0.0, 1.5, -1.0, 50.0, 1e300]))
    if kind == "timestamp":
        return draw(st.sampled_from(MOMENTS))
    return draw(st.sampled_from(NUMBERS))


ACTIONS = st.one_of(
    st.dictionaries(
        st.deferred(lambda: st.sampled_from(known_arns()["TargetGroupArn"])),
        st.integers(-1, 1000),
        min_size=1,
        max_size=3,
    ).map(lambda weights: [forward(weights)]),
    st.sampled_from(["200", "404", "x"]).map(lambda status: [fixed(status)]),
)


@cache
def parameters(service: str, method: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return parameters of a call that are of the right types; actions are often possible."""
    shape = operation_of(method, service).input_shape
    drawn = values(shape, method)
    names = [name for name in ("Actions", "DefaultActions") if name in shape.members]
    if not names:
        return drawn
    with_actions = st.tuples(drawn, ACTIONS).map(lambda pair: {**pair[0], names[0]: pair[1]})
    return st.one_of(drawn, with_actions)
