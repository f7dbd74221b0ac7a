"""``placement list-container-instances``: the AWS CLI's answer, and why the others are out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import placement
from command import Run

ARN = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/"
LIST = "list-container-instances"
FILTER = "attribute:ecs.instance-type =~ m5.* and attribute:stack == prod"


def listed(result: Any) -> Any:
    """Return the ids in an answer in JSON."""
    arns = json.loads(result.stdout)["containerInstanceArns"]
    return [arn.removeprefix(ARN) for arn in arns]


def test_json_is_exactly_what_the_aws_cli_prints(run: Run, state: str) -> None:
    result = run(LIST, "--state", state, "--filter", "attribute:stack == prod", "--output", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f'{{\n    "containerInstanceArns": [\n        "{ARN}a1",\n        "{ARN}c3"\n    ]\n}}\n'
    )


def test_nothing_found_is_an_empty_list_and_no_error(run: Run, state: str) -> None:
    result = run(LIST, "--state", state, "--filter", "attribute:stack == x", "--output", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"containerInstanceArns": []}


def test_ids_stay_bare_where_the_document_has_no_arns(run: Run, write: Callable[..., str]) -> None:
    state = write([{"containerInstanceArn": "x1"}])
    assert listed(run(LIST, "--state", state, "--output", "json")) == ["x1"]


@pytest.mark.parametrize(
    ("status", "ids"),
    [
        ([], ["a1", "b2", "c3", "d4"]),
        (["--status", "ACTIVE"], ["a1", "c3", "d4"]),
        (["--status", "DRAINING"], ["b2"]),
        (["--status", "REGISTERING"], []),
    ],
)
def test_without_a_status_all_but_inactive_ones_are_listed(
    run: Run, state: str, status: Any, ids: Any
) -> None:
    assert listed(run(LIST, "--state", state, *status, "--output", "json")) == ids


def test_inactive_cannot_be_asked_for_as_in_the_api(run: Run, state: str) -> None:
    result = run(LIST, "--state", state, "--status", "INACTIVE")
    assert result.exit_code == 2
    assert "INACTIVE" in result.stderr


def test_the_table_shows_what_a_person_looks_for(run: Run, example: str) -> None:
    result = run(LIST, "--state", example, "--filter", f"{FILTER} and agentConnected == false")
    assert (result.exit_code, result.stderr) == (0, "")
    head, row, blank, summary = result.stdout.splitlines()
    assert head.split("  ")[0] == "CONTAINER INSTANCE"
    assert row.split() == [
        "6fdba4e8554dc25c8efd71d40622039c",
        "i-0e851a02ed2a18a6f",
        "m5.xlarge",
        "us-east-1c",
        "ACTIVE",
        "1.89.2",
        "disconnected",
        "1",
    ]
    assert (blank, summary) == ("", "1 of 200 instances matches")


def test_the_table_says_dash_where_nothing_is_known(run: Run, state: str) -> None:
    result = run(LIST, "--state", state, "--status", "DRAINING")
    assert result.stdout.splitlines()[1].split() == ["b2", "-", "-", "-", "DRAINING", "-", "0"]
    assert result.stdout.splitlines()[-1] == "1 DRAINING instance"


def test_no_match_points_to_explain(run: Run, state: str) -> None:
    result = run(LIST, "--state", state, "--filter", "attribute:stack == x")
    assert result.stdout == "0 of 4 instances match\n    --explain says why\n"


@pytest.mark.parametrize(
    "expression",
    [
        FILTER,
        "not(task:group == service:web)",
        "attribute:stack != prod",
        "registeredAt > 2024-01-01 or agentVersion < 1.90 and runningTasksCount >= 1",
        "attribute:maintenance exists or attribute:disk-gb > 99 and ec2InstanceId !~ i-0.*",
    ],
)
def test_the_answer_is_the_library_s(
    run: Run, example: str, example_tasks: str, expression: Any
) -> None:
    with open(example) as first, open(example_tasks) as second:  # noqa: PTH123
        cluster = placement.Cluster.from_ecs([json.load(first), json.load(second)])
    result = run(
        LIST,
        "--state",
        example,
        "--state",
        example_tasks,
        "--filter",
        expression,
        "--output",
        "json",
    )
    assert listed(result) == placement.compile(expression).select(cluster)
    assert 0 < len(listed(result)) < 200


def test_pages_are_put_together(
    run: Run, document: dict[str, Any], write: Callable[..., str]
) -> None:
    pages = [
        write({"containerInstances": [entry]}, f"{number}.json")
        for number, entry in enumerate(document["containerInstances"])
    ]
    arguments = [argument for page in pages for argument in ("--state", page)]
    assert listed(run(LIST, *arguments, "--output", "json")) == ["a1", "b2", "c3", "d4"]


@pytest.mark.parametrize("form", ["page", "list of pages", "list of instances", "utf-16"])
def test_every_form_in_which_the_document_comes_is_read(
    run: Run, document: dict[str, Any], write: Callable[..., str], form: str
) -> None:
    content = {
        "page": document,
        "list of pages": [document, {"tasks": []}],
        "list of instances": document["containerInstances"],
        "utf-16": json.dumps(document).encode("utf-16"),
    }[form]
    state = write(content)
    assert listed(run(LIST, "--state", state, "--output", "json")) == ["a1", "b2", "c3", "d4"]


def test_the_document_comes_from_standard_input(run: Run, document: dict[str, Any]) -> None:
    result = run(LIST, "--state", "-", "--output", "json", stdin=json.dumps(document))
    assert listed(result) == ["a1", "b2", "c3", "d4"]


def test_tasks_stand_beside_the_instances(run: Run, state: str, write: Callable[..., str]) -> None:
    tasks = write(
        {
            "tasks": [
                {
                    "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/prod/t1",
                    "containerInstanceArn": f"{ARN}a1",
                    "group": "service:web",
                }
            ]
        },
        "tasks.json",
    )
    expression = "task:group == service:web"
    result = run(
        LIST, "--state", tasks, "--state", state, "--filter", expression, "--output", "json"
    )
    assert listed(result) == ["a1"]


def test_explain_counts_why_the_others_are_out(run: Run, example: str) -> None:
    result = run(LIST, "--state", example, "--filter", FILTER, "--explain")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    summary = lines.index("32 of 200 instances match")
    types = "28 c5.xlarge, 24 t3.medium, 20 m6g.large, 16 c5.2xlarge and 7 other values"
    assert summary == 34  # the head of the table, 32 rows, an empty line
    assert lines[summary + 1 :] == [
        f"    {FILTER}",
        "",
        "Why 168 do not",
        "INSTANCES  FALSE CONDITION                      WHAT THEY HAVE",
        f"      138  attribute:ecs.instance-type =~ m5.*  {types}",
        "       30  attribute:stack == prod              16 staging, 13 dev, 1 absent",
    ]


def test_explain_names_all_conditions_that_decide_together(run: Run, state: str) -> None:
    expression = "attribute:stack == dev or runningTasksCount > 1"
    result = run(LIST, "--state", state, "--filter", expression, "--explain")
    lines = result.stdout.splitlines()
    assert lines[-3:] == [
        "INSTANCES  FALSE CONDITION         WHAT THEY HAVE",
        "        2  attribute:stack == dev  1 prod, 1 absent",
        "      and  runningTasksCount > 1   is 0",
    ]


def test_explain_ends_after_the_twelve_heaviest_reasons(
    run: Run, write: Callable[..., str]
) -> None:
    names = [f"a{number}" for number in range(14)]
    state = write(
        [
            {
                "containerInstanceArn": f"without-{lacking}",
                "attributes": [{"name": name} for name in names if name != lacking],
            }
            for lacking in names
        ]
    )
    expression = " and ".join(f"attribute:{name} exists" for name in names)
    lines = run(LIST, "--state", state, "--filter", expression, "--explain").stdout.splitlines()
    assert lines[-1] == "    and 2 for 2 other reasons: see --output json"
    assert lines[-2].split() == ["1", "attribute:a11", "exists", "absent"]


def test_explain_warns_of_what_the_cluster_does_not_know(run: Run, state: str) -> None:
    result = run(LIST, "--state", state, "--filter", "attribute:stak == prod", "--explain")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0].endswith(
        "did you mean attribute:stack? [unknown-attribute]"
    )


def test_explain_when_all_match_has_nothing_to_explain(run: Run, state: str) -> None:
    result = run(LIST, "--state", state, "--filter", "runningTasksCount >= 0", "--explain")
    assert result.stdout.endswith("4 of 4 instances match\n    runningTasksCount >= 0\n")


@pytest.mark.parametrize("name", ["a1", f"{ARN}a1", "i-a1"])
def test_one_instance_is_explained_condition_by_condition(run: Run, state: str, name: str) -> None:
    expression = "attribute:stack == prod and runningTasksCount < 2"
    result = run(LIST, "--state", state, "--filter", expression, "--instance", name)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "a1 i-a1 ACTIVE",
        "    does not match:",
        "    false  all of",
        "    true   ├─ attribute:stack == prod   [is prod]",
        "    false  └─ runningTasksCount < 2   [is 2]",
    ]


def test_an_unknown_instance_is_an_error(run: Run, state: str) -> None:
    result = run(LIST, "--state", state, "--filter", "attribute:a == b", "--instance", "zz")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: no container instance 'zz' in this cluster\n"


@pytest.mark.parametrize("option", [["--explain"], ["--instance", "a1"]])
def test_there_is_nothing_to_explain_without_a_filter(
    run: Run, state: str, option: list[str]
) -> None:
    result = run(LIST, "--state", state, *option)
    assert result.exit_code == 2
    assert "need --filter" in result.stderr


def test_explanations_in_json_have_subject_value_and_truth(run: Run, state: str) -> None:
    expression = "not(attribute:stack == prod) or task:group == web"
    result = run(LIST, "--state", state, "--filter", expression, "--explain", "--output", "json")
    answer = json.loads(result.stdout)
    assert answer["containerInstanceArns"] == [f"{ARN}b2", f"{ARN}d4"]
    assert [entry["matches"] for entry in answer["explanations"]] == [False, True, False, True]
    assert answer["explanations"][0] == {
        "containerInstanceArn": f"{ARN}a1",
        "matches": False,
        "explanation": {
            "expression": expression,
            "truth": False,
            "operator": "or",
            "operands": [
                {
                    "expression": "not(attribute:stack == prod)",
                    "truth": False,
                    "operator": "not",
                    "operands": [
                        {
                            "expression": "attribute:stack == prod",
                            "truth": True,
                            "subject": "attribute:stack",
                            "value": "prod",
                        }
                    ],
                },
                {
                    "expression": "task:group == web",
                    "truth": False,
                    "subject": "task:group",
                    "value": {},
                },
            ],
        },
    }


def test_explanations_in_json_can_be_of_one_instance(run: Run, write: Callable[..., str]) -> None:
    state = write([{"containerInstanceArn": "x1", "registeredAt": "2024-02-03T04:05:06+02:00"}])
    result = run(
        *(LIST, "--state", state, "--output", "json"),
        *("--filter", "registeredAt > 2024-01-01", "--instance", "x1"),
    )
    (entry,) = json.loads(result.stdout)["explanations"]
    assert entry["explanation"]["value"] == "2024-02-03T02:05:06+00:00"


def test_values_cannot_steer_the_terminal(run: Run, write: Callable[..., str]) -> None:
    state = write(
        [
            {
                "containerInstanceArn": "x1",
                "attributes": [{"name": "a", "value": "\u202e[red]\ud800"}],
            }
        ]
    )
    result = run(LIST, "--state", state, "--filter", "attribute:a == b", "--explain")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].endswith("is ' [red]\N{REPLACEMENT CHARACTER}'")
