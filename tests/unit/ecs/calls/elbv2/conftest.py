"""What the tests of ``elbv2`` share: a client whose answers are held to botocore's model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from against_botocore import Checked
from elbv2_actions import forward
from placement.ecs import Session
from placement.ecs.control.account import Account

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def session() -> Session:
    """A session in which no state takes time."""
    return Session(start=NOON)


@pytest.fixture
def account(session: Session) -> Account:
    return session._account


@pytest.fixture
def elb(session: Session) -> Checked:
    """A client in us-east-1; every call's parameters, answer and errors are checked."""
    return Checked(session.client("elbv2"), service="elbv2")


@pytest.fixture
def load_balancer(elb: Checked) -> str:
    """The ARN of an Application Load Balancer."""
    made = elb.create_load_balancer(Name="web", Subnets=["subnet-a", "subnet-b"])
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


@pytest.fixture
def group(elb: Checked) -> Callable[..., str]:
    """A function that creates a target group by name and returns its ARN."""

    def created(name: str, **parameters: Any) -> str:
        usual = {"Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "TargetType": "ip"}
        made = elb.create_target_group(Name=name, **{**usual, **parameters})
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    return created


@pytest.fixture
def listener(elb: Checked, load_balancer: str) -> Callable[..., str]:
    """A function that creates a listener that forwards to groups by weight; returns its ARN."""

    def created(weights: dict[str, int], port: int = 80, **parameters: Any) -> str:
        made = elb.create_listener(
            LoadBalancerArn=load_balancer,
            DefaultActions=[forward(weights)],
            **{"Protocol": "HTTP", "Port": port, **parameters},
        )
        return str(made["Listeners"][0]["ListenerArn"])

    return created
