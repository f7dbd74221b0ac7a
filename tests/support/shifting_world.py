"""A session with a load-balanced service whose deployments shift traffic, watched at every instant.

``ShiftingWorld`` has one cluster, one load balancer with a rule (or listener) for production and
one for test traffic, two target groups, and a service.  ``watch`` moves time and writes down what
changed at which second: shares of traffic, stages, tasks.  All of it is seen through the clients
and ``session.traffic``, as a caller sees it, and answers are held to botocore's models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import attrs

from against_botocore import misfits, operation_of
from placement.ecs import Session, Timing

START = datetime(2026, 3, 1, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
ROLE = "arn:aws:iam::123456789012:role/ecs"
TIMING = Timing(pull=28, start=2, stop=2)
"""RUNNING 30 seconds after the start; the first check of a target comes 30 seconds later."""

Document = dict[str, Any]


def session_with_instances(count: int = 4, cpu: int = 8192, **arguments: Any) -> Session:
    """Return a session with a cluster of instances in two zones, and revisions of ``web``."""
    arguments.setdefault("timing", TIMING)
    session = Session(start=START, **arguments)
    ecs = session.client("ecs")
    ecs.create_cluster()
    for number in range(count):
        ecs.register_container_instance(
            totalResources=[
                {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
                {"name": "MEMORY", "type": "INTEGER", "integerValue": 60_000},
            ],
            attributes=[
                {"name": "ecs.availability-zone", "value": "us-east-1" + "ab"[number % 2]},
                {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"},
            ],
        )
    for _ in range(3):
        register_web(ecs)
    return session


def register_web(ecs: Any) -> str:
    """Register one more revision of ``web``; return its ARN."""
    answer = ecs.register_task_definition(
        family="web",
        containerDefinitions=[
            {
                "name": "c",
                "image": "nginx",
                "cpu": 128,
                "memory": 128,
                "portMappings": [{"containerPort": 80}],
            }
        ],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


@attrs.define
class Balanced:
    """The load balancing of a service: a production rule, a test rule, two groups."""

    production: str
    test: str
    groups: tuple[str, str]

    def binding(self, *, with_test: bool = True) -> Document:
        """Return the item of ``loadBalancers``."""
        advanced = {
            "alternateTargetGroupArn": self.groups[1],
            "productionListenerRule": self.production,
            "roleArn": ROLE,
        }
        if with_test:
            advanced["testListenerRule"] = self.test
        return {
            "targetGroupArn": self.groups[0],
            "containerName": "c",
            "containerPort": 80,
            "advancedConfiguration": advanced,
        }


def balance(
    session: Session, name: str = "web", *, network: bool = False, delay: int = 300
) -> Balanced:
    """Make a load balancer with two listeners, both of which forward to the first of two groups."""
    elb = session.client("elbv2")
    protocol = "TCP" if network else "HTTP"
    made = elb.create_load_balancer(
        Name=name, Type="network" if network else "application", Subnets=["subnet-1", "subnet-2"]
    )
    load_balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    groups = []
    for side in ("one", "two"):
        answer = elb.create_target_group(
            Name=f"{name}-{side}", Protocol=protocol, Port=80, VpcId="vpc-1", TargetType="instance"
        )
        groups.append(answer["TargetGroups"][0]["TargetGroupArn"])
        elb.modify_target_group_attributes(
            TargetGroupArn=groups[-1],
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}],
        )
    rules = []
    for port in (80, 8080):
        listener = elb.create_listener(
            LoadBalancerArn=load_balancer,
            Protocol=protocol,
            Port=port,
            DefaultActions=[forward({groups[0]: 1} if network else {groups[0]: 1, groups[1]: 0})],
        )["Listeners"][0]["ListenerArn"]
        if network:
            rules.append(listener)
        else:
            rules.append(elb.describe_rules(ListenerArn=listener)["Rules"][0]["RuleArn"])
    return Balanced(rules[0], rules[1], (groups[0], groups[1]))


def forward(weights: Mapping[str, int]) -> Document:
    """Return an action that forwards to groups by weight."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


@attrs.define
class Seen:
    """What was seen, each entry with its second since ``watch`` began its clock."""

    production: list[tuple[int, Fraction]] = attrs.field(factory=list)
    test: list[tuple[int, Fraction]] = attrs.field(factory=list)
    peak: int = 0


class ShiftingWorld:
    """A service at rest behind a load balancer, and what happens to it.

    Args:
        desired: The desired count.
        first: The strategy of the service's first deployment.
        network: Whether the load balancer is a Network Load Balancer.
        with_test: Whether there is a test listener.
        delay: The deregistration delay of the groups.
        instances: How many instances there are.
        cpu: The CPU units of one; a task takes 128.
        arguments: Further arguments of the session.
    """

    def __init__(
        self,
        *,
        desired: int = 4,
        first: str = "BLUE_GREEN",
        network: bool = False,
        with_test: bool = True,
        delay: int = 300,
        instances: int = 4,
        cpu: int = 8192,
        **arguments: Any,
    ) -> None:
        self.session = session_with_instances(instances, cpu, **arguments)
        self.ecs = self.session.client("ecs")
        self.balanced = balance(self.session, network=network, delay=delay)
        self.with_test = with_test
        self.calls: list[tuple[int, Document]] = []
        self.ecs.create_service(
            serviceName="web",
            taskDefinition="web:1",
            desiredCount=desired,
            availabilityZoneRebalancing="DISABLED",
            loadBalancers=[self.balanced.binding(with_test=with_test)],
            deploymentConfiguration={"strategy": first, "bakeTimeInMinutes": 0},
        )
        assert self.session.advance_until("steady")
        self.begin()

    def begin(self) -> None:
        """Let seconds count from now on; green is the group that does not serve now."""
        self.since = self.session.now
        shares = [self.share(self.balanced.production, group) for group in self.balanced.groups]
        self.green = self.balanced.groups[shares.index(min(shares))]
        self.seen = Seen()

    # What happens

    def deploy(self, revision: int = 2, **settings: Any) -> str:
        """Deploy another revision; return the ARN of the service deployment."""
        self.ecs.update_service(
            service="web", taskDefinition=f"web:{revision}", deploymentConfiguration=settings
        )
        return str(self.run["serviceDeploymentArn"])

    def function(self, name: str, answers: list[Any]) -> str:
        """Register a function that gives these answers in turn, then SUCCEEDED; return its ARN."""
        left = list(answers)

        def handler(event: Document, context: None) -> Any:
            assert context is None
            self.calls.append((self.second, event))
            answer = left.pop(0) if left else {"hookStatus": "SUCCEEDED"}
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.session.register_function(FUNCTION + name, handler)
        return FUNCTION + name

    def alarm(self, name: str = "errors", state: str | None = None) -> None:
        """Make an alarm, or set its state."""
        cloudwatch = self.session.client("cloudwatch")
        if state is None:
            cloudwatch.put_metric_alarm(
                AlarmName=name,
                Namespace="N",
                MetricName="errors",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )
            state = "OK"
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")

    def watch(self, until: int | Callable[[], bool]) -> None:
        """Move time to a second, or until something holds, and write down what is seen."""
        if isinstance(until, int):
            self.session.advance_until(lambda _: self.looks(), limit=until - self.second)
        else:
            holds = until
            assert self.session.advance_until(lambda _: self.looks() or holds(), limit=40 * 86_400)
        self.look()

    # What is seen

    @property
    def second(self) -> int:
        return int((self.session.now - self.since).total_seconds())

    def look(self) -> None:
        """Write down what is to be seen now."""
        seen = self.seen
        for rule, changes in (
            (self.balanced.production, seen.production),
            (self.balanced.test, seen.test),
        ):
            share = self.share(rule, self.green)
            if share != (changes[-1][1] if changes else 0):
                changes.append((self.second, share))
        running = self.ecs.list_tasks(serviceName="web", desiredStatus="RUNNING")["taskArns"]
        seen.peak = max(seen.peak, len(running))

    def looks(self) -> bool:
        """Write down what is to be seen; a condition that never holds."""
        self.look()
        return False

    def share(self, rule: str, group: str) -> Fraction:
        """Return the share of a rule's requests that the targets of a group get."""
        health = self.session.client("elbv2").describe_target_health(TargetGroupArn=group)
        keys = {
            (one["Target"]["Id"], one["Target"]["Port"])
            for one in health["TargetHealthDescriptions"]
        }
        traffic = self.session.traffic(rule)
        return sum((share for key, share in traffic.items() if key in keys), Fraction(0))

    @property
    def service(self) -> Document:
        answer = self.ecs.describe_services(services=["web"])
        hold(answer, "describe_services")
        return dict(answer["services"][0])

    @property
    def runs(self) -> list[Document]:
        """All service deployments, newest first."""
        answer = self.ecs.list_service_deployments(service="web")
        hold(answer, "list_service_deployments")
        return list(answer["serviceDeployments"])

    @property
    def run(self) -> Document:
        """The newest service deployment."""
        return self.described(self.runs[0]["serviceDeploymentArn"])

    def described(self, arn: str) -> Document:
        answer = self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])
        hold(answer, "describe_service_deployments")
        return dict(answer["serviceDeployments"][0])

    def has_ended(self) -> bool:
        """Return whether the newest service deployment has come to an end."""
        return str(self.runs[0]["status"]).endswith(("SUCCESSFUL", "FAILED", "STOPPED"))

    def stages(self) -> list[tuple[int, str]]:
        """Return the stages that the newest service deployment entered."""
        return [(second, what) for second, what in self.history() if what.isupper()]

    def history(self) -> list[tuple[int, str]]:
        """Return what history says of the newest service deployment."""
        arn = self.runs[0]["serviceDeploymentArn"]
        return [
            (int((one.time - self.since).total_seconds()), one.what)
            for one in self.session.history
            if one.subject == arn
        ]

    def messages(self) -> list[str]:
        """Return the service's events, oldest first, without the name in front."""
        return [one["message"].removeprefix("(service web) ") for one in self.service["events"]][
            ::-1
        ]

    def tasks(self, revision: int) -> list[str]:
        """Return the ARNs of the tasks of a revision that are wanted."""
        arns = self.ecs.list_tasks(serviceName="web")["taskArns"]
        tasks = self.ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
        return [
            one["taskArn"] for one in tasks if one["taskDefinitionArn"].endswith(f"web:{revision}")
        ]


def hold(answer: Document, operation: str) -> None:
    """Hold an answer of a method to botocore's model, which lacks one of the stages (D44)."""
    plain = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    found = [
        problem
        for problem in misfits(plain, operation_of(operation).output_shape)
        if "PRE_PRODUCTION_TRAFFIC_SHIFT" not in problem
    ]
    assert not found, found
