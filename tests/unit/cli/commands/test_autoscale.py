"""``placement autoscale``: the changes and their reasons, policies of files, refusals (C52)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import Run
from small_sessions import service, small_session

Write = Callable[..., str]

CPU = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
POLICY: dict[str, Any] = {
    "PolicyName": "cpu",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 60,
        "PredefinedMetricSpecification": CPU,
    },
}
STEPS = """
PolicyName: up
PolicyType: StepScaling
StepScalingPolicyConfiguration:
  AdjustmentType: ChangeInCapacity
  StepAdjustments: [{MetricIntervalLowerBound: 0, ScalingAdjustment: 2}]
"""
ALARM = """
AlarmName: busy
AlarmActions: [up]
Namespace: AWS/ECS
MetricName: CPUUtilization
Dimensions: [{Name: ClusterName, Value: default}, {Name: ServiceName, Value: web}]
Statistic: Average
Period: 60
EvaluationPeriods: 1
ComparisonOperator: GreaterThanThreshold
Threshold: 70
"""
TRACKING = (
    "PolicyName: a\nPolicyType: TargetTrackingScaling\nTargetTrackingScalingPolicyConfiguration"
)
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def dumped(*, scaled: bool = False) -> dict[str, Any]:
    """Return a dump of four instances with room for 16 tasks, and the service web with four."""
    session = small_session()
    session.client("ecs").create_service(**service())
    if scaled:
        scaling = session.client("application-autoscaling")
        scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=6)
        scaling.put_scaling_policy(**TARGET, **POLICY)
    assert session.advance_until("steady")
    document = session.to_ecs()
    del document["placementState"]
    return dict(json.loads(json.dumps(document, default=str)))


def recording(value: float, minutes: int = 20, count: int | None = 4) -> str:
    counted = count is not None
    lines = ["time,value,count" if counted else "time,value"]
    for minute in range(minutes):
        more = f",{count}" if counted else ""
        lines.append(f"2026-03-02T10:{minute:02}:00Z,{value}{more}")
    return "\n".join(lines)


@pytest.fixture
def files(write: Write) -> dict[str, str]:
    """The state without and with a scalable target, a recording, a policy."""
    return {
        "state": write(dumped(), "state.json"),
        "scaled": write(dumped(scaled=True), "scaled.json"),
        "metric": write(recording(120), "cpu.csv"),
        "policy": write(POLICY, "policy.json"),
    }


@pytest.fixture
def autoscale(run: Run, files: dict[str, str]) -> Any:
    """Run the command on the state without a target; bounds are 2 and 12."""

    def autoscale_it(*arguments: str, policy: str = "", metric: str = "") -> Any:
        named = ("--policy", policy or files["policy"])
        bounds = ("--min-capacity", "2", "--max-capacity", "12")
        command = ("autoscale", "--state", files["state"], "--service", "web")
        return run(*command, "--metric", metric or files["metric"], *named, *bounds, *arguments)

    return autoscale_it


def test_a_closed_loop_as_table(autoscale: Any) -> None:
    result = autoscale()
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "web in default: CPUUtilization, closed loop"
    assert lines[1].split() == [
        "TIME",
        "RECORDED",
        "METRIC",
        "RUNNING",
        "DESIRED",
        *["WHAT", "HAPPENED"],
    ]
    assert lines[2].split("  ")[-1] == "4 → 8: cpu (3 points above 60)"
    assert "    2026-03-02 10:00 to 10:20 UTC" in lines
    assert "    desired count from 4 to 8; raised once, never lowered" in lines
    assert "    CPUUtilization above 60 (cpu) in 3 of 20 minutes; 20 as recorded" in lines


def test_a_replayed_metric_says_so(autoscale: Any, write: Write) -> None:
    result = autoscale(metric=write(recording(120, count=None), "alone.csv"))
    assert result.stdout.startswith("web in default: CPUUtilization, replayed as recorded\n")
    assert "the number of tasks in the model does not change the metric" in result.stdout
    assert "cpu: the desired count is at its maximum already" in result.stdout


def test_as_json_with_changes_or_every_minute(autoscale: Any) -> None:
    document = json.loads(autoscale("--output", "json").stdout)
    assert document["mode"] == "CLOSED_LOOP"
    (change,) = document["timeline"]
    assert (change["time"], change["desiredBefore"], change["desired"]) == (
        "2026-03-02T10:03:00+00:00",
        4,
        8,
    )
    assert (change["recorded"], change["recordedCount"], change["metric"]) == (120, 4, 120)
    assert document["summary"]["recordedTaskMinutes"] == 80
    every = json.loads(autoscale("--output", "json", "--every-minute").stdout)["timeline"]
    assert [one["desired"] for one in every] == [4, 4] + [8] * 18
    assert every[-1]["metric"] == 60


def test_equal_files_give_equal_bytes(autoscale: Any) -> None:
    assert autoscale("--output", "json").stdout == autoscale("--output", "json").stdout


def test_the_policies_of_the_state(run: Run, files: dict[str, str]) -> None:
    command = ("autoscale", "--state", files["scaled"], "--service", "web", "--output", "json")
    document = json.loads(run(*command, "--metric", files["metric"]).stdout)
    assert document["policies"] == ["cpu"]
    assert [one["desired"] for one in document["timeline"]] == [6, 6]
    assert [one["code"] for one in document["warnings"]] == ["target-flaps"]


def test_policies_of_files_take_the_place_of_those_of_the_state(
    run: Run, files: dict[str, str], write: Write
) -> None:
    command = ("autoscale", "--state", files["scaled"], "--service", "web", "--output", "json")
    steps, alarm = write(STEPS, "up.yaml"), write(ALARM, "busy.yaml")
    result = run(*command, "--metric", files["metric"], "--policy", steps, "--alarm", alarm)
    document = json.loads(result.stdout)
    assert document["policies"] == ["up"]
    assert document["timeline"][0]["reason"] == "4 → 6: up (1 point above 70)"


def test_an_alarm_without_actions_triggers_the_only_step_policy(
    autoscale: Any, write: Write
) -> None:
    steps = write(STEPS, "up.yaml")
    alarm = write(ALARM.replace("AlarmActions: [up]\n", ""), "busy.yaml")
    result = autoscale("--alarm", alarm, "--output", "json", policy=steps)
    assert json.loads(result.stdout)["policies"] == ["up"]
    result = autoscale("--alarm", alarm)
    assert result.exit_code == 2
    assert "busy.yaml, line 2: expected AlarmActions with the name of a step" in result.stderr


def test_the_count_at_the_beginning(autoscale: Any) -> None:
    document = json.loads(autoscale("--output", "json", "--desired-count", "7").stdout)
    assert document["firstDesired"] == 7


def test_a_plot_is_drawn(autoscale: Any, tmp_path: Path, write: Write) -> None:
    for name, begins in (("a.png", b"\x89PNG"), ("a.svg", b"<?xml")):
        assert autoscale("--plot", str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(begins)
    text = (tmp_path / "a.svg").read_text()
    for words in ("web in default: CPUUtilization, closed loop", "cpu: target 60", "maximum"):
        assert words in text
    first = (tmp_path / "a.svg").read_bytes()
    autoscale("--plot", str(tmp_path / "a.svg"))
    assert (tmp_path / "a.svg").read_bytes() == first
    gaps = write(f"{recording(120, 3)}\n2026-03-02T10:09:00Z,,\n", "gaps.csv")
    assert autoscale("--plot", str(tmp_path / "b.svg"), metric=gaps).exit_code == 0


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("[]", ", line 1: expected what 'aws application-autoscaling put-scaling-policy"),
        ("", ": empty; expected what 'aws application-autoscaling put-scaling-policy"),
        ("PolicyType: StepScaling\n", 'Missing required parameter in input: "PolicyName"'),
        ("PolicyName: a\nColour: red\n", ', line 2: Unknown parameter in input: "Colour"'),
        (
            f"{TRACKING}:\n  ScaleInCooldown: 3\n  TargetValue: much\n",
            ", line 5: Invalid type for parameter TargetTrackingScalingPolicyConfiguration.Target",
        ),
        (
            f"{TRACKING}: {{TargetValue: 60}}\n",
            "PredefinedMetricSpecification or CustomizedMetricSpecification must be set",
        ),
        (
            "PolicyName: a\nResourceId: service/default/api\n",
            ", line 2: expected ResourceId service/default/web, not 'service/default/api'",
        ),
        ("PolicyName: a\nPolicyName: b\n", "line 2: PolicyName is given twice"),
        (
            "Name: a\n",
            ', line 1: Missing required parameter in input: "PolicyName"; Unknown parameter in',
        ),
    ],
)
def test_a_policy_that_is_none_is_refused_with_its_line(
    autoscale: Any, write: Write, policy: str, words: str
) -> None:
    result = autoscale(policy=write(policy, "bad.yaml"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "bad.yaml" in result.stderr
    assert words in result.stderr


def test_what_does_not_go_together_is_refused(
    run: Run, files: dict[str, str], autoscale: Any, tmp_path: Path
) -> None:
    command = ("autoscale", "--state", files["state"], "--metric", files["metric"])
    result = run(*command, "--service", "web", "--policy", files["policy"])
    assert "is not a scalable target in the files of --state" in result.stderr
    assert "give --min-capacity and --max-capacity" in result.stderr
    result = run(*command, "--service", "gone")
    assert "service 'gone' is not in the files of --state: they describe web" in result.stderr
    bounds = ("--min-capacity", "1", "--max-capacity", "2")
    result = run(*command, "--service", "web", *bounds)
    assert "no policy looks at a metric" in result.stderr
    result = autoscale("--metric-of", "gone")
    assert "no policy 'gone' looks at a metric; there are cpu" in result.stderr
    result = autoscale("--min-capacity", "13")
    assert "Maximum capacity cannot be less than minimum capacity" in result.stderr
    result = autoscale("--policy", files["policy"])
    assert "policy cpu is in two files" in result.stderr
    result = autoscale("--plot", str(tmp_path / "a.gif"))
    assert "the name of the file ends with .svg or .png" in result.stderr
    for one in (result,):
        assert one.exit_code == 2


def test_one_minute_is_in_the_singular(autoscale: Any, write: Write) -> None:
    lines = autoscale(metric=write(recording(120, 1), "short.csv")).stdout.splitlines()
    assert "1 minute" in lines
    assert "    CPUUtilization above 60 (cpu) in 1 of 1 minute; 1 as recorded" in lines


def test_a_negative_value_of_a_predefined_metric_is_refused(autoscale: Any, write: Write) -> None:
    result = autoscale(metric=write(recording(-1, 2), "low.csv"))
    assert result.exit_code == 2
    assert "CPUUtilization is at least 0, not -1 (line 2)" in result.stderr


def test_a_service_that_is_not_active_cannot_be_scaled(
    run: Run, write: Write, files: dict[str, str]
) -> None:
    document = dumped()
    document["services"][0]["status"] = "DRAINING"
    state = write(document, "draining.json")
    result = run("autoscale", "--state", state, "--service", "web", "--metric", files["metric"])
    assert result.exit_code == 2
    assert "service 'web' of --state cannot be scaled: it is DRAINING" in result.stderr


def test_scaling_is_linted(run: Run, files: dict[str, str]) -> None:
    result = run("lint", "--state", files["scaled"], "--scaling")
    assert result.exit_code == 0
    assert result.stdout.startswith("scaling: 1 warning\nwarning: service/default/web: policy cpu:")
    assert result.stdout.endswith("[target-flaps]\n")
    result = run("lint", "--state", files["scaled"], "--scaling", "--output", "json")
    (warning,) = json.loads(result.stdout)["warnings"]
    assert (warning["code"], warning["subject"]) == ("target-flaps", "service/default/web")
    assert run("lint", "--state", files["state"], "--scaling").stdout == "scaling: no warnings\n"
    for wrong in (("--scaling",), ("--state", files["state"], "--scaling", "--service", "web")):
        result = run("lint", *wrong)
        assert result.exit_code == 2
        assert "--scaling goes with --state alone" in result.stderr
