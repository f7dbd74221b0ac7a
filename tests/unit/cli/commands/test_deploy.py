"""``placement deploy``: the timeline, why it is stuck, exit statuses, and what is refused (C52)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import Process, Run
from small_sessions import percents, service, small_session, web

Write = Callable[..., str]


def dumped(instances: int = 4) -> dict[str, Any]:
    """Return what the AWS CLI prints of a cluster with room for 4 tasks an instance."""
    found: dict[str, Any] = small_session(instances).client("ecs").to_ecs("default")
    text = json.dumps(found, default=str)
    return dict(json.loads(text))


@pytest.fixture
def cluster(write: Write) -> str:
    """Four instances with room for sixteen tasks, two revisions of web, no tasks."""
    return write(dumped(), "cluster.json")


@pytest.fixture
def deploy(run: Run, cluster: str, write: Write) -> Any:
    """Run the command on the cluster with a service definition; return the JSON."""

    def deploy_it(*arguments: str, status: int = 0, **parameters: Any) -> dict[str, Any]:
        file = write(service(**parameters), "service.json")
        command = ("deploy", "--state", cluster, "--service-definition", file, "--output", "json")
        result = run(*command, *arguments)
        assert (result.exit_code, result.stderr) == (status, "")
        return dict(json.loads(result.stdout))

    return deploy_it


def timeline(document: dict[str, Any]) -> list[tuple[float, int, int]]:
    """Return seconds, healthy and active tasks of each point."""
    return [(one["seconds"], one["healthy"], one["active"]) for one in document["timeline"]]


def test_a_new_service_becomes_steady(deploy: Any) -> None:
    """S10: RUNNING after 12 s, healthy after 52."""
    document = deploy()
    assert document["outcome"] == "STEADY"
    assert document["steadyAfter"] == 52.0
    assert timeline(document) == [(0, 0, 0), (0, 0, 4), (12, 0, 4), (52, 4, 4)]
    assert [one["name"] for one in document["revisions"]] == ["web:1"]
    assert document["events"][-1]["message"] == "(service web) has reached a steady state."


def test_a_cluster_without_room_ends_with_status_3_and_says_why(deploy: Any) -> None:
    document = deploy(desiredCount=17, status=3)
    assert document["outcome"] == "STUCK"
    assert document["lastChangeAfter"] == 52.0
    (cause,) = document["causes"]
    assert cause["message"].startswith("was unable to place a task")
    assert document["explanation"][0] == "none of 4 instances has room now"
    assert [one["code"] for one in document["warnings"]] == ["no-room"]


def test_the_desired_count_of_the_command_wins(deploy: Any) -> None:
    assert timeline(deploy("--desired-count", "2"))[-1] == (52, 2, 2)


def test_seconds_say_where_it_is_then(deploy: Any) -> None:
    document = deploy("--until", "20", status=3)
    assert document["outcome"] == "UNFINISHED"
    assert timeline(document)[-1] == (12, 0, 4)
    assert deploy("--until", "60")["outcome"] == "STEADY"


def test_a_behaviour_says_what_tasks_do(deploy: Any, write: Write) -> None:
    rules = write("- {family: web, first: 2, start_failure: CannotPullContainerError}\n", "b.yaml")
    document = deploy("--behaviour", rules)
    failed = [
        (one["seconds"], revision["failed"])
        for one in document["timeline"]
        for revision in one["revisions"]
        if revision["failed"]
    ]
    assert failed == [(12, [{"reason": "CannotPullContainerError", "count": 2}])]
    assert document["steadyAfter"] == 64.0


@pytest.mark.parametrize("form", ["register", "describe", "name", "family", "arn"])
def test_a_task_definition_comes_as_a_file_or_by_name(deploy: Any, write: Write, form: str) -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2"
    described = {
        "taskDefinition": {**web(), "taskDefinitionArn": arn, "revision": 2, "status": "ACTIVE"}
    }
    given, name = {
        "register": (write(web(cpu=256), "web.json"), "web:3"),
        "describe": (write(described, "web-2.json"), "web:2"),
        "name": ("web:2", "web:2"),
        "family": ("web", "web:2"),
        "arn": (arn, "web:2"),
    }[form]
    document = deploy("--task-definition", given)
    assert [one["name"] for one in document["revisions"]] == [name]


def test_a_described_revision_that_the_state_lacks_keeps_its_number(
    deploy: Any, write: Write
) -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:9"
    described = {**web(), "taskDefinitionArn": arn, "revision": 9, "status": "ACTIVE"}
    document = deploy("--task-definition", write({"taskDefinition": described}, "web-9.json"))
    assert [one["name"] for one in document["revisions"]] == ["web:9"]


def test_equal_calls_print_equal_bytes(run: Run, cluster: str, write: Write) -> None:
    file = write(service(desiredCount=17), "service.json")
    command = ("deploy", "--state", cluster, "--service-definition", file, "--output", "json")
    assert run(*command).stdout == run(*command).stdout


# Services of the state


def running(**parameters: Any) -> dict[str, Any]:
    """Return what the AWS CLI prints of a cluster in which web:1 is steady."""
    session = small_session()
    session.client("ecs").create_service(**service(**parameters))
    assert session.advance_until("steady")
    return dict(session.to_ecs())


@pytest.fixture
def update(run: Run, write: Write) -> Any:
    """Run the command on a cluster with a service; return the JSON."""

    def update_it(
        *arguments: str, status: int = 0, state: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        file = write(running() if state is None else state, "account.json")
        result = run("deploy", "--state", file, "--output", "json", *arguments)
        assert (result.exit_code, result.stderr) == (status, "")
        return dict(json.loads(result.stdout))

    return update_it


def named(document: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(one["name"], one["isNew"]) for one in document["revisions"]]


def test_a_service_of_the_state_gets_a_new_revision(update: Any) -> None:
    """S10: the new tasks are healthy after 52 s, the old ones STOPPED after 54."""
    document = update("--service", "web", "--task-definition", "web:2")
    assert named(document) == [("web:2", True), ("web:1", False)]
    assert timeline(document) == [(0, 4, 4), (0, 4, 8), (12, 4, 8), (52, 4, 4), (54, 4, 4)]


def test_model_time_begins_where_the_state_was_printed(update: Any) -> None:
    document = update("--service", "web", "--task-definition", "web:2")
    assert document["startedAt"] == "2026-03-02T09:00:52+00:00"


def test_without_a_change_the_deployment_is_forced(update: Any) -> None:
    document = update("--service", "web")
    assert named(document) == [("web:1#2", True), ("web:1", False)]
    assert document["outcome"] == "STEADY"


def test_another_desired_count_is_no_new_deployment(update: Any) -> None:
    document = update("--service", "web", "--desired-count", "6")
    assert named(document) == [("web:1", True)]
    assert timeline(document)[-1][1:] == (6, 6)


def test_a_definition_of_a_service_that_is_there_updates_it(update: Any, write: Write) -> None:
    """S4.7: 4 tasks at 50/200."""
    file = write(service(taskDefinition="web:2", **percents(50, 200)), "service.json")
    document = update("--service-definition", file)
    assert named(document) == [("web:2", True), ("web:1", False)]
    moves = [
        (one["seconds"], two["deployment"] == document["revisions"][0]["deployment"])
        for one in document["timeline"]
        for two in one["revisions"]
        if two["stopped"]
    ]
    assert moves == [(0, False), (52, False)]
    assert document["timeline"][0]["lower"] == 2


def test_a_service_that_is_not_there_names_those_that_are(run: Run, write: Write) -> None:
    file = write(running(), "account.json")
    result = run("deploy", "--state", file, "--service", "api")
    assert result.exit_code == 2
    assert "service 'api' is not in the files of --state: they describe web" in result.stderr


def two_clusters() -> dict[str, Any]:
    """Return the state of two clusters, the second of which has the service."""
    session = small_session()
    ecs = session.client("ecs")
    ecs.create_cluster(clusterName="other")
    ecs.register_task_definition(**web())
    ecs.create_service(**service())
    assert session.advance_until("steady")
    return dict(session.to_ecs())


def test_the_cluster_is_the_one_that_has_the_service(update: Any) -> None:
    assert update("--service", "web", state=two_clusters())["cluster"] == "default"


def test_of_several_clusters_one_is_named(run: Run, write: Write) -> None:
    file = write(service(serviceName="new", desiredCount=1), "service.json")
    state = write(two_clusters(), "two.json")
    command = ("deploy", "--state", state, "--service-definition", file)
    result = run(*command)
    assert result.exit_code == 2
    assert "give --cluster, one of default, other" in " ".join(result.stderr.split())
    assert run(*command, "--cluster", "default").exit_code == 0
    result = run(*command, "--cluster", "third")
    assert result.exit_code == 2
    assert "cluster 'third' is not in the files of --state: they describe" in result.stderr


def test_pages_come_in_files_of_their_own(run: Run, write: Write) -> None:
    state = running()
    state.pop("placementState")
    files = [write({name: one}, f"{name}.json") for name, one in state.items()]
    arguments = [part for file in files for part in ("--state", file)]
    result = run("deploy", *arguments, "--service", "web", "--output", "json")
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_service_whose_task_definition_is_missing_is_refused(run: Run, write: Write) -> None:
    state = running()
    del state["taskDefinitions"], state["placementState"]
    file = write(state, "account.json")
    result = run("deploy", "--state", file, "--service", "web")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "service web of --state cannot be deployed: no document describes its" in result.stderr


def test_a_service_that_cannot_be_read_names_its_file_and_place(run: Run, write: Write) -> None:
    state = running()
    state["services"][0]["deployments"] = 7
    file = write(state, "account.json")
    result = run("deploy", "--state", file, "--service", "web")
    assert result.exit_code == 2
    assert file in result.stderr
    assert "services[0].deployments" in result.stderr


# The table


def test_the_table_has_a_line_for_each_instant(run: Run, cluster: str, write: Write) -> None:
    file = write(service(), "service.json")
    result = run("deploy", "--state", cluster, "--service-definition", file)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:6] == [
        "web in default: web:1, 4 tasks",
        "   TIME  HEALTHY  TASKS  web:1  WHAT HAPPENED",
        "0:00:00    0 < 4  0 ≤ 8      0",
        "0:00:00    0 < 4  4 ≤ 8    0+4  start 4 web:1; service deployment IN_PROGRESS",
        "0:00:12    0 < 4  4 ≤ 8    0+4  4 web:1 running",
        (
            "0:00:52    4 ≥ 4  4 ≤ 8      4  4 web:1 healthy; service deployment SUCCESSFUL; "
            "deployment of web:1 COMPLETED"
        ),
    ]
    assert lines[-1] == "steady after 0:00:52"


def test_the_end_of_a_stuck_one_names_cause_explanation_and_warnings(
    run: Run, cluster: str, write: Write
) -> None:
    file = write(service(desiredCount=17), "service.json")
    result = run("deploy", "--state", cluster, "--service-definition", file)
    assert result.exit_code == 3
    end = result.stdout[result.stdout.index("not steady") :]
    assert "nothing changes since 0:00:52" in end
    assert "since 0:00:00: was unable to place a task because" in end
    assert "none of 4 instances has room now" in end
    assert "there is room for 16 (helps: room for 1 more task) [no-room]" in end
    assert "(said 7 more times)" in result.stdout


def test_warnings_of_one_that_works_go_to_standard_error(
    run: Run, cluster: str, write: Write
) -> None:
    file = write(service(desiredCount=3, **percents(100, 125)), "service.json")
    result = run("deploy", "--state", cluster, "--service-definition", file)
    assert result.exit_code == 0
    assert "[blocking-percents]" in result.stderr
    assert "[blocking-percents]" not in result.stdout


# Pictures


@pytest.mark.parametrize(
    ("ending", "first"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("SVG", b"<")]
)
def test_a_picture_is_drawn(deploy: Any, tmp_path: Path, ending: str, first: bytes) -> None:
    files = [tmp_path / f"{number}.{ending}" for number in range(2)]
    for file in files:
        deploy("--plot", str(file))
    assert files[0].read_bytes().startswith(first)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_picture_names_revisions_and_bounds(deploy: Any, tmp_path: Path) -> None:
    file = tmp_path / "web.svg"
    deploy("--plot", str(file), desiredCount=17, status=3)
    text = file.read_text()
    for label in ("web:1", "upper bound", "lower bound", "healthy", "the deployment is stuck"):
        assert f">{label}<" in text or label in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web.pdf", "--plot: the name of the file ends with .svg or .png, not "),
        ("nowhere/web.svg", "cannot be written: no such file or directory"),
    ],
)
def test_a_picture_that_cannot_be_drawn(
    run: Run, cluster: str, write: Write, tmp_path: Path, name: str, text: str
) -> None:
    file = write(service(), "service.json")
    command = ("deploy", "--state", cluster, "--service-definition", file)
    result = run(*command, "--plot", str(tmp_path / name))
    assert result.exit_code == 2
    assert text in result.stderr


# What is refused


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "give one of --service and --service-definition"),
        (
            ("--service", "web", "--service-definition", "SERVICE"),
            "give one of --service and --service-definition",
        ),
        (("--service", "api"), "service 'api' is not in the files of --state: they describe none"),
        (("--service-definition", "nowhere.json"), "nowhere.json: cannot be read"),
        (("--service-definition", "TEXT"), "no JSON"),
        (("--service-definition", "LIST"), "expected what 'aws ecs create-service"),
        (("--service-definition", "PAGE"), "this is what 'describe-services' prints"),
        (("--service-definition", "WRONG"), "Unknown parameter in input"),
        (("--service-definition", "BLOCKED"), "Both maximumPercent and minimumHealthyPercent"),
        (
            ("--service-definition", "SERVICE", "--task-definition", "web:7"),
            "task definition 'web:7' is not in the files of --state",
        ),
        (
            ("--service-definition", "SERVICE", "--task-definition", "LIST"),
            "expected what 'aws ecs describe-task-definition' prints",
        ),
        (
            ("--service-definition", "SERVICE", "--task-definition", "SERVICE"),
            "expected what 'aws ecs describe-task-definition' prints",
        ),
        (("--service-definition", "SERVICE", "--until", "soon"), "'soon' is neither steady nor"),
        (("--service-definition", "SERVICE", "--until", "-1"), "'-1' is neither steady nor"),
        (("--service-definition", "SERVICE", "--until", "nan"), "'nan' is neither steady nor"),
        (("--service-definition", "SERVICE", "--desired-count", "-1"), "--desired-count"),
        (("--service-definition", "SERVICE", "--behaviour", "RULES"), "line 2: "),
        (("--service-definition", "SERVICE", "--behaviour", "nowhere.yaml"), "cannot be read"),
    ],
)
def test_wrong_inputs_are_refused_with_status_2(
    run: Run, cluster: str, write: Write, arguments: tuple[str, ...], text: str
) -> None:
    files = {
        "SERVICE": write(service(), "service.json"),
        "TEXT": write("{", "text.json"),
        "LIST": write([], "list.json"),
        "PAGE": write({"services": []}, "page.json"),
        "WRONG": write(service(desired=3), "wrong.json"),
        "BLOCKED": write(service(**percents(100, 100)), "blocked.json"),
        "RULES": write("- exit_code: 1\n- exit_code: x\n", "rules.yaml"),
    }
    result = run("deploy", "--state", cluster, *[files.get(one, one) for one in arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert text in result.stderr


def test_a_state_that_is_wrong_names_file_and_path(run: Run, write: Write) -> None:
    document = dumped()
    document["containerInstances"][1]["attributes"] = 3
    state = write(document, "cluster.json")
    file = write(service(), "service.json")
    result = run("deploy", "--state", state, "--service-definition", file)
    assert result.exit_code == 2
    assert state in result.stderr
    assert "containerInstances[1].attributes" in result.stderr


def test_the_help_says_what_the_statuses_mean(run: Run) -> None:
    result = run("deploy", "--help")
    assert result.exit_code == 0
    assert "0 if the service becomes steady with what is deployed, 3 if not" in " ".join(
        result.stdout.split()
    )


def test_in_a_process_of_its_own(process: Process, cluster: str, write: Write) -> None:
    file = write(service(desiredCount=17), "service.json")
    done = process("deploy", "--state", cluster, "--service-definition", file)
    assert (done.returncode, done.stderr) == (3, "")
    assert "not steady after 48:00:00" in done.stdout


@pytest.mark.parametrize("command", ["deploy", "lint"])
def test_where_no_kernel_is_compiled_yet(process: Process, tmp_path: Path, command: str) -> None:
    """Kernels are chosen before a state with tasks is loaded, which needs some of them."""
    folder = Path(__file__).resolve().parents[4] / "examples" / "services"
    names = ("instances", "tasks", "services", "task-definitions")
    states = [text for name in names for text in ("--state", str(folder / f"{name}.json"))]
    plain = {name: text for name, text in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    environment = {**plain, "NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    half = ("--service-definition", str(folder / "web-half.json"))
    done = process(command, *states, *half, env=environment)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "kernels").exists()


# Services that the model does not run, or that show less


def described(session: Any, **changes: Any) -> dict[str, Any]:
    """Return a dump of a session whose only service has other fields."""
    document: dict[str, Any] = json.loads(json.dumps(session.to_ecs(), default=str))
    document["services"][0].update(changes)
    return document


def with_service(**parameters: Any) -> Any:
    session = small_session(4)
    session.client("ecs").create_service(**service(**parameters))
    session.advance(120)
    return session


def test_a_service_that_is_not_run_is_told_and_drawn_d8(
    run: Run, write: Write, tmp_path: Path
) -> None:
    session = small_session(4)
    session.client("ecs").create_service(
        serviceName="web", desiredCount=2, deploymentController={"type": "EXTERNAL"}
    )
    state = write(described(session), "state.json")
    picture = tmp_path / "web.svg"
    result = run("deploy", "--state", state, "--service", "web", "--plot", str(picture))
    assert (result.exit_code, result.exception.__class__) == (3, SystemExit), result.exception
    assert "the model does not run the service" in result.stdout
    assert picture.stat().st_size > 0


def test_a_service_behind_a_classic_load_balancer_becomes_steady_d18(
    run: Run, write: Write
) -> None:
    classic = [{"loadBalancerName": "old", "containerName": "web", "containerPort": 80}]
    document = described(with_service(), loadBalancers=classic)
    for name in ("serviceDeployments", "serviceRevisions", "placementState"):
        document.pop(name, None)
    for one in document["services"][0]["deployments"]:
        del one["rolloutState"], one["rolloutStateReason"]
    state = write(document, "state.json")
    result = run("deploy", "--state", state, "--service", "web", "--output", "json")
    assert result.exit_code == 0, result.stdout
    assert json.loads(result.stdout)["events"][-1]["message"].endswith("a steady state.")


def test_a_daemon_has_its_desired_count_from_the_first_line(run: Run, write: Write) -> None:
    daemon = service(schedulingStrategy="DAEMON")
    del daemon["desiredCount"]
    session = small_session(4)
    session.client("ecs").create_service(**daemon)
    session.advance(120)
    state = write(described(session), "state.json")
    result = run("deploy", "--state", state, "--service", "web", "--output", "json")
    assert result.exit_code == 0
    timeline = json.loads(result.stdout)["timeline"]
    assert {one["desired"] for one in timeline} == {4}


def test_tasks_on_instances_that_no_document_describes_are_told(run: Run, write: Write) -> None:
    """C50: they count for nothing (A20), which nobody could see."""
    document = described(with_service())
    del document["placementState"], document["containerInstances"][1:]
    state = write(document, "state.json")
    result = run("lint", "--state", state, "--service", "web")
    assert result.exit_code == 0
    assert "web lacks instances: 3 of its tasks are on instances that no" in result.stdout


@pytest.mark.parametrize("status", ["DRAINING", "INACTIVE"])
def test_a_service_that_is_not_active_is_refused(run: Run, write: Write, status: str) -> None:
    state = write(described(with_service(), status=status), "state.json")
    result = run("deploy", "--state", state, "--service", "web")
    assert result.exit_code == 2
    assert f"service 'web' of --state cannot be deployed: it is {status}" in result.stderr


def test_what_a_list_call_prints_is_named(run: Run, write: Write) -> None:
    page = write({"serviceArns": []}, "page.json")
    result = run("deploy", "--state", page, "--service", "web")
    assert result.exit_code == 2
    assert "not what 'list-services' prints" in result.stderr


# lint


def test_lint_prints_warnings_with_their_codes(run: Run, cluster: str, write: Write) -> None:
    file = write(service(desiredCount=17, **percents(50, 150)), "service.json")
    result = run("lint", "--state", cluster, "--service-definition", file)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "web: 1 warning",
        (
            "warning: a deployment starts 17 tasks, and there is room for 16 (helps: room for 1 "
            "more task) [no-room]"
        ),
    ]
    result = run("lint", "--state", cluster, "--service-definition", file, "--desired-count", "4")
    assert result.stdout == "web: no warnings\n"


def test_lint_as_json(run: Run, cluster: str, write: Write) -> None:
    file = write(service(desiredCount=3, **percents(50, 125)), "service.json")
    result = run("lint", "--state", cluster, "--service-definition", file, "--output", "json")
    (warning,) = json.loads(result.stdout)["warnings"]
    assert list(warning) == ["code", "path", "message", "advice"]
    assert warning["code"] == "rebalancing-blocked"


def test_lint_looks_at_a_definition_alone(run: Run, write: Write) -> None:
    file = write(service(desiredCount=17, **percents(100, 105)), "service.json")
    result = run("lint", "--service-definition", file)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "web: 2 warnings")
    assert "[blocking-percents]" in result.stdout
    result = run("lint", "--service-definition", file, "--desired-count", "20")
    assert result.stdout == "web: no warnings\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "give --state, or --service-definition alone"),
        (("--service", "web"), "give --state, or --service-definition alone"),
        (
            ("--service-definition", "SERVICE", "--task-definition", "SERVICE"),
            "--task-definition takes a file only beside --state",
        ),
        (("--service-definition", "SERVICE", "--service", "web"), "give --state"),
    ],
)
def test_lint_without_a_state_needs_a_definition(
    run: Run, write: Write, arguments: tuple[str, ...], text: str
) -> None:
    file = write(service(), "service.json")
    result = run("lint", *[file if one == "SERVICE" else one for one in arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert text in result.stderr
