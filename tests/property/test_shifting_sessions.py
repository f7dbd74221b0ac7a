"""Random operators of a service whose deployments shift traffic: what holds at every instant.

Deployments of every strategy follow and supersede each other, are stopped, paused, failed by alarms
and hooks; the service is scaled, tasks are killed and protected, instances get lost (S6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.services.model import TaskClass
from shifting_world import FUNCTION, ShiftingWorld

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RULES: tuple[dict[str, Any], ...] = (
    {"strategy": "BLUE_GREEN"},
    {"strategy": "ROLLING"},
    {
        "strategy": "LINEAR",
        "linearConfiguration": {"stepPercent": 33.3, "stepBakeTimeInMinutes": 2},
    },
    {
        "strategy": "CANARY",
        "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 3},
    },
)

Action = Callable[["Operated"], None]


def answer_of(status: str) -> Callable[[dict[str, Any], None], dict[str, Any]]:
    """Return a function that is IN_PROGRESS at its first call; it remembers nothing itself.

    Copies of a session share functions (C44): one with a memory would tell them apart.
    """

    def function(event: dict[str, Any], _: None) -> dict[str, Any]:
        is_first = event["hookDetails"] is None
        return {"hookStatus": "IN_PROGRESS" if is_first else status, "hookDetails": "asked"}

    return function


class Operated(ShiftingWorld):
    """The world, with what an operator does to it."""

    def __init__(self) -> None:
        super().__init__(desired=3, delay=60)
        self.alarm("errors")
        self.revision = 1
        self.problems: list[str] = []

    def new_deployment(self, rules: dict[str, Any], bake: int, hook: str | None) -> None:
        hooks = []
        if hook == "PAUSE":
            hooks = [{"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}]
        elif hook is not None:
            arn = FUNCTION + hook
            self.session.register_function(arn, answer_of(hook))
            stages = ["POST_SCALE_UP", "POST_PRODUCTION_TRAFFIC_SHIFT"]
            hooks = [{"hookTargetArn": arn, "roleArn": FUNCTION, "lifecycleStages": stages}]
        self.revision = self.revision % 3 + 1
        is_shift = rules["strategy"] != "ROLLING"
        self.ecs.update_service(
            service="web",
            taskDefinition=f"web:{self.revision}",
            forceNewDeployment=True,
            deploymentConfiguration={
                **rules,
                "bakeTimeInMinutes": bake,
                "lifecycleHooks": hooks if is_shift else [],
                "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
            },
        )

    def scale(self, count: int) -> None:
        self.ecs.update_service(service="web", desiredCount=count)

    def stop(self) -> None:
        """Stop the newest service deployment, unless it has ended."""
        newest = self.runs[0]
        if not self.has_ended():
            arn = newest["serviceDeploymentArn"]
            self.ecs.stop_service_deployment(serviceDeploymentArn=arn)

    def answer(self, action: str) -> None:
        run = self.run
        for hook in run.get("lifecycleHookDetails", []):
            if hook["status"] == "AWAITING_ACTION":
                self.ecs.continue_service_deployment(
                    serviceDeploymentArn=run["serviceDeploymentArn"],
                    hookId=hook["hookId"],
                    action=action,
                )

    def kill(self, place: int) -> None:
        running = self.running()
        if running:
            self.session.exit_container(running[place % len(running)])

    def running(self) -> list[str]:
        arns = self.ecs.list_tasks(serviceName="web")["taskArns"]
        tasks = self.ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
        return [one["taskArn"] for one in tasks if one["lastStatus"] == "RUNNING"]

    def protect(self, place: int) -> None:
        running = self.running()
        if running:
            self.ecs.update_task_protection(
                cluster="default",
                tasks=[running[place % len(running)]],
                protectionEnabled=True,
                expiresInMinutes=10,
            )

    def lose(self) -> None:
        instances = self.ecs.list_container_instances()["containerInstanceArns"]
        if len(instances) > 1:
            self.session.lose_instance(instances[0])

    def move(self, seconds: int, check: Callable[[Operated], None]) -> None:
        """Move time; ``check`` looks at every instant."""

        def look(_: Any) -> bool:
            check(self)
            return False

        self.session.advance_until(look, limit=seconds)
        check(self)


def gentle() -> st.SearchStrategy[Action]:
    """Return what an operator does that must not interrupt production traffic."""
    hooks = st.sampled_from([None, None, "PAUSE", "SUCCEEDED", "FAILED"])
    return st.one_of(
        st.builds(
            lambda rules, bake, hook: lambda world: world.new_deployment(rules, bake, hook),
            st.sampled_from(RULES),
            st.integers(0, 3),
            hooks,
        ),
        st.integers(1, 6).map(lambda count: lambda world: world.scale(count)),
        st.just(Operated.stop),
        st.sampled_from(["CONTINUE", "CONTINUE", "ROLLBACK"]).map(
            lambda action: lambda world: world.answer(action)
        ),
        st.sampled_from(["ALARM", "OK"]).map(
            lambda state: lambda world: world.alarm("errors", state)
        ),
    )


def rough() -> st.SearchStrategy[Action]:
    """Return what happens to tasks and instances."""
    return st.one_of(
        st.integers(0, 9).map(lambda place: lambda world: world.kill(place)),
        st.integers(0, 9).map(lambda place: lambda world: world.protect(place)),
        st.just(Operated.lose),
        st.just(lambda world: world.scale(0)),
    )


def histories(actions: st.SearchStrategy[Action]) -> st.SearchStrategy[list[tuple[Action, int]]]:
    waits = st.sampled_from([0, 1, 30, 60, 61, 90, 200, 400, 1000])
    return st.lists(st.tuples(actions, waits), min_size=1, max_size=9)


# What holds at every instant


def check_traffic(world: Operated) -> None:
    """Only targets that are registered and do not drain get requests; shares are at most 1."""
    elb = world.session.client("elbv2")
    registered = set()
    for group in world.balanced.groups:
        health = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        for one in health:
            if one["TargetHealth"]["State"] != "draining":
                registered.add((one["Target"]["Id"], one["Target"]["Port"]))
    for rule in (world.balanced.production, world.balanced.test):
        traffic = world.session.traffic(rule)
        assert traffic.keys() <= registered
        assert sum(traffic.values()) <= 1
        (described,) = elb.describe_rules(RuleArns=[rule])["Rules"]
        groups = described["Actions"][0]["ForwardConfig"]["TargetGroups"]
        assert sum(one["Weight"] for one in groups) in (1, 100, 1000)


def check_counts(world: Operated) -> None:
    """Counts that are shown and the pools behind them equal a recount of the tasks."""
    (service,) = world.ecs.describe_services(services=["web"])["services"]
    record = world.session._account.clusters["default"].services["web"]
    running, pending = Counter[str](), Counter[str]()
    for task in world.session._account.live.values():
        if task.desired_status == "RUNNING":
            kind = running if task.last_status == "RUNNING" else pending
            kind[task.settings.started_by or ""] += 1
    listed = {one["id"]: one for one in service["deployments"]}
    assert running.keys() | pending.keys() <= listed.keys()
    for id, one in listed.items():
        assert (one["runningCount"], one["pendingCount"]) == (running[id], pending[id])
    for deployment in record.deployments:
        in_pools = [number for pool in deployment.pools.values() for number in pool]
        assert (
            len(in_pools) == len(set(in_pools)) == running[deployment.id] + pending[deployment.id]
        )
        assert len(deployment.pools[TaskClass.PENDING]) == pending[deployment.id]
    assert [one["status"] for one in service["deployments"]].count("PRIMARY") == 1
    assert service["deployments"][0]["status"] == "PRIMARY"


def check_weights(world: Operated) -> None:
    """The shares that the revisions of a shift are to have add up to all traffic."""
    run = world.run
    target = run["targetServiceRevision"]
    if "requestedProductionTrafficWeight" not in target:
        return
    for kind in ("requestedProductionTrafficWeight", "requestedTestTrafficWeight"):
        others = [one.get(kind, 0) for one in run["sourceServiceRevisions"]]
        total = target[kind] + sum(others)
        assert abs(total - 100) < 1e-9 or not sum(others)


def check(world: Operated) -> None:
    check_traffic(world)
    check_counts(world)
    check_weights(world)


def check_uninterrupted(world: Operated) -> None:
    check(world)
    assert sum(world.session.traffic(world.balanced.production).values()) == 1


def check_lives(world: Operated) -> None:
    """Every task was created once, and stopped once at most, after it was told to (C29)."""
    lives: dict[str, list[str]] = {}
    for one in world.session.history:
        if ":task/" in one.subject:
            lives.setdefault(one.subject, []).append(str(one.what))
    for life in lives.values():
        assert life.count("created") == 1
        assert life[0] == "created"
        assert life.count("STOPPED") <= life.count("desiredStatus STOPPED") <= 1


def check_rest(world: Operated) -> None:
    """Left alone, the service comes to rest; all traffic is that of its one revision."""
    world.alarm("errors", "OK")
    world.scale(3)
    for _ in range(5):
        world.answer("CONTINUE")
        world.move(3000, check)
    if world.run["status"] in ("STOPPED", "ROLLBACK_FAILED"):
        world.new_deployment(RULES[0], 0, None)
    assert world.session.advance_until("steady")
    check(world)
    check_lives(world)
    (only,) = world.service["deployments"]
    assert (only["runningCount"], only["rolloutState"]) == (3, "COMPLETED")
    traffic = world.session.traffic(world.balanced.production)
    assert sorted(traffic.values()) == [Fraction(1, 3)] * 3


@SETTINGS
@given(histories(gentle()))
def test_no_operator_interrupts_production_traffic(history: list[tuple[Action, int]]) -> None:
    """S6, D46, D52: at every instant all production traffic has a target."""
    world = Operated()
    for action, wait in history:
        action(world)
        world.move(wait, check_uninterrupted)
    check_rest(world)


def test_a_rolling_rollback_serves_where_the_traffic_is_d52() -> None:
    """D52: a shift was superseded in CLEAN_UP, and the rolling deployment after it stopped.

    The revision that comes back had the other group; its new tasks register in that which serves.
    """
    world = Operated()
    world.new_deployment({"strategy": "BLUE_GREEN"}, 0, None)
    world.move(0, check_uninterrupted)
    world.scale(1)
    world.move(61, check_uninterrupted)
    world.new_deployment({"strategy": "ROLLING"}, 0, None)
    world.move(0, check_uninterrupted)
    world.stop()
    world.move(2000, check_uninterrupted)
    check_rest(world)


@SETTINGS
@given(histories(st.one_of(gentle(), rough())))
def test_whatever_happens_counts_and_traffic_agree(history: list[tuple[Action, int]]) -> None:
    """S6: with tasks and instances that get lost, too."""
    world = Operated()
    for action, wait in history:
        action(world)
        world.move(wait, check)
    check_rest(world)


@SETTINGS
@given(histories(gentle()), st.integers(0, 8))
def test_a_copy_has_the_same_future(history: list[tuple[Action, int]], place: int) -> None:
    """C24: whatever is under way."""
    world = Operated()
    for number, (action, wait) in enumerate(history):
        action(world)
        world.session.advance(wait)
        if number == place:
            break
    twin = world.session.copy()
    world.session.advance(4000)
    twin.advance(4000)
    assert twin.history == world.session.history
