"""``placement convert``: a table becomes a state that the other commands read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import placement
from command import Run
from placement.cli.options.table import format_of

CSV = """\
id,type,zone,stack,cpu,memory,gpus,status,agent_connected,agent_version,registered_at,running_tasks
i-1,m4.large,us-east-1a,prod,,,,,,1.99.1,2024-05-06T07:08:09Z,2
i-2,g4dn.xlarge,us-east-1b,,,7000,,DRAINING,False,,,
i-3,,us-east-1a,dev,512,100,,,,,,
"""

NAMED = ("--type-column", "type", "--zone-column", "zone")


@pytest.fixture
def table(write: Callable[..., str]) -> Any:
    return write(CSV, "machines.csv")


def converted(run: Run, *arguments: Any, **options: Any) -> Any:
    """Return the cluster that a command's output describes."""
    result = run("convert", *arguments, **options)
    assert result.exit_code == 0, result.output
    return placement.Cluster.from_ecs(json.loads(result.stdout))


def test_a_table_becomes_a_cluster(run: Run, table: Any) -> None:
    """C11, and what the types have: 2.2."""
    cluster = converted(run, "--from", table, *NAMED)
    first, second, third = (cluster.describe(id) for id in ("i-1", "i-2", "i-3"))
    assert (first.cpu, first.memory, first.gpu_ids) == (2048, 7985, ())
    assert dict(first.attributes) == {
        "ecs.instance-type": "m4.large",
        "ecs.availability-zone": "us-east-1a",
        "stack": "prod",
    }
    assert (first.running_tasks, first.agent_version) == (2, "1.99.1")
    assert first.registered_at.isoformat() == "2024-05-06T07:08:09+00:00"
    assert (second.cpu, second.memory, len(second.gpu_ids)) == (4096, 7000, 1)
    assert (second.status, second.agent_connected) == ("DRAINING", False)
    assert (third.cpu, third.memory) == (512, 100)
    assert "ecs.instance-type" not in third.attributes


def test_the_file_is_a_state_for_other_commands(run: Run, table: Any, tmp_path: Path) -> None:
    state = str(tmp_path / "state.json")
    result = run("convert", "--from", table, *NAMED, "--output", state)
    assert (result.exit_code, result.output) == (0, "written, 3 container instances\n")
    listed = run("list-container-instances", "--state", state, "--filter", "attribute:stack exists")
    assert listed.exit_code == 0
    assert "i-1" in listed.output
    assert "i-2" not in listed.output


@pytest.mark.parametrize("format", ["csv", "json", "columns", "parquet"])
def test_formats_say_the_same(
    run: Run, write: Callable[..., str], tmp_path: Path, format: str
) -> None:
    columns = {"id": ["a", "b"], "cpu": [5, None], "stack": [None, "prod"]}
    rows = [{"id": "a", "cpu": 5}, {"id": "b", "cpu": None, "stack": "prod"}]
    if format == "parquet":
        name = str(tmp_path / "t.parquet")
        pq.write_table(pa.table(columns), name)
    elif format == "csv":
        name = write("\ufeffid,cpu,stack\r\n\r\na,5,\r\nb,,prod\r\n", "t.CSV")
    else:
        name = write(rows if format == "json" else columns, "t.json")
    cluster = converted(run, "--from", name)
    assert [cluster.describe(id).cpu for id in cluster.ids] == [5, 0]
    assert [dict(cluster.describe(id).attributes) for id in cluster.ids] == [{}, {"stack": "prod"}]


def test_standard_input_is_csv_unless_told(run: Run) -> None:
    assert list(converted(run, "--from", "-", stdin="id\na\n").ids) == ["a"]
    told = converted(run, "--from", "-", "--format", "json", stdin='[{"id": "b"}]')
    assert list(told.ids) == ["b"]
    renamed = converted(run, "--from", "-", "--id-column", "name", stdin="name\nc\n")
    assert list(renamed.ids) == ["c"]


def test_as_registered_adds_what_a_machine_registers(run: Run, write: Callable[..., str]) -> None:
    """3.1, section 7; what the table says wins (B12: openly)."""
    name = write(
        "id,ecs.instance-type,ecs.availability-zone,ecs.os-type,stack,ecs.ami-id\n"
        "a,m4.large,us-east-1a,,prod,ami-1\nb,m4.large,us-east-1a,windows,,\n",
        "t.csv",
    )
    plain = converted(run, "--from", name, "--as-registered")
    first, second = (plain.describe(id) for id in "ab")
    assert first.attributes["ecs.ami-id"] == "ami-1"
    assert first.attributes["ecs.cpu-architecture"] == "x86_64"
    assert "ecs.capability.task-eni" in first.attributes
    assert "ecs.capability.fsxWindowsFileServer" in second.attributes
    assert 3389 in second.tcp_ports
    text = 'ECS_RESERVED_MEMORY=985\nECS_RESERVED_PORTS=[22]\nECS_INSTANCE_ATTRIBUTES={"stack":"x"}'
    config = write(text, "ecs.config")
    told = converted(run, "--from", name, "--ecs-config", config).describe("a")
    assert (told.memory, told.tcp_ports) == (7000, (22,))
    assert told.attributes["stack"] == "prod"


def test_a_type_that_nobody_knows_is_mentioned(run: Run, write: Callable[..., str]) -> None:
    name = write("id,ecs.instance-type\na,x9.huge\nb,x9.huge\n", "t.csv")
    result = run("convert", "--from", name)
    assert result.exit_code == 0
    assert result.stderr == (
        "warning: no EC2 instance type 'x9.huge' is known; 2 rows not filled in\n"
    )
    assert json.loads(result.stdout)["containerInstances"][0]["attributes"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty; expected a line with the names of columns"),
        ("name\na\n", "the column id is missing"),
        ("id,id\na,b\n", "two columns have the name 'id' @ line 1"),
        ("id,x\na\n", "1 cells, but the first line names 2 columns @ line 2"),
        ('id\n"a"b\n', "no CSV"),
        ("id,cpu\na,5\nb,five\n", "expected a whole number from 0, not 'five' @ cpu[1]"),
        ("id,agent_connected\na,yes\n", "expected true or false, not 'yes' @ agent_connected[0]"),
        ("id\na\na\n", "container instance a is registered already @ id[1]"),
        ("id\na/\n", "@ id[0]"),
        (b"id\n\xff\n", "no UTF-8 text (byte 3)"),
        (b"id\n\x00\n", "control characters are not allowed"),
    ],
    ids=str,
)
def test_a_table_that_is_none_is_refused(
    run: Run, write: Callable[..., str], text: bytes | str, message: str
) -> None:
    result = run("convert", "--from", write(text, "t.csv"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "t.csv: " in result.stderr
    assert message in result.stderr


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (5, "expected a list of objects"),
        ({"id": ["a"], "x": ["b", "c"]}, "all columns of the same length"),
        ({"id": 5}, "all columns of the same length"),
        ({}, "all columns of the same length"),
        (["a"], "expected an object @ [0]"),
        ([], "the column id is missing"),
        ([{"id": "a", "x": {"y": 1}}], "@ x[0]"),
        ({"containerInstances": []}, "which --state takes as it is"),
        (b"[", "no JSON, line 1"),
    ],
    ids=str,
)
def test_a_json_document_that_is_no_table_is_refused(
    run: Run, write: Callable[..., str], document: Any, message: str
) -> None:
    result = run("convert", "--from", write(document, "t.json"))
    assert result.exit_code == 2
    assert "t.json: " in result.stderr
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--type-column", "kind"), "there is no column 'kind'"),
        (("--type-column", "zone"), "both 'zone' and ecs.instance-type are there"),
        (("--as-registered",), "needed for --as-registered, but absent @ ecs.availability-zone[0]"),
    ],
    ids=str,
)
def test_columns_that_are_not_there_are_refused(
    run: Run, write: Callable[..., str], arguments: Any, message: str
) -> None:
    name = write("id,ecs.instance-type,zone\na,m5.large,us-east-1a\n", "t.csv")
    result = run("convert", "--from", name, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_what_the_agent_would_warn_of_is_said(run: Run, write: Callable[..., str]) -> None:
    """Each warning with the line of ``ecs.config``; nothing where there is none."""
    name = write("id,type,zone\na,m5.large,us-east-1a\n", "machines.csv")
    columns = ("--type-column", "type", "--zone-column", "zone")
    text = 'ECS_ENABLE_TASK_ENI="true"\nECS_INSTANCE_ATTRIBUTES={"st ack": "x", "a": "b"}\n'
    config = write(text, "ecs.config")
    result = run("convert", "--from", name, *columns, "--ecs-config", config)
    assert result.exit_code == 0
    first, second = result.stderr.splitlines()
    assert first.startswith(f"warning: {config}: line 1: ECS_ENABLE_TASK_ENI: ")
    assert second.startswith(f"warning: {config}: line 2: ECS_INSTANCE_ATTRIBUTES: ")
    assert "st ack" in second
    good = write("ECS_ENABLE_TASK_ENI=true\n", "good.config")
    assert run("convert", "--from", name, *columns, "--ecs-config", good).stderr == ""


def test_what_machines_cannot_be_is_refused_with_its_row(
    run: Run, write: Callable[..., str]
) -> None:
    name = write("id,type,zone\na,m5.large,us-east-1a\nb,m5.larg,us-east-1a\n", "t.csv")
    result = run("convert", "--from", name, *NAMED, "--as-registered")
    assert result.exit_code == 2
    assert "did you mean m5" in result.stderr
    assert "@ ecs.instance-type[1]" in result.stderr
    bad = write("ECS_INSTANCE_ATTRIBUTES={", "ecs.config")
    result = run("convert", "--from", name, *NAMED, "--ecs-config", bad)
    assert (result.exit_code, "line 1: ECS_INSTANCE_ATTRIBUTES" in result.stderr) == (2, True)


def test_files_that_cannot_be_read_or_written_are_named(
    run: Run, table: Any, tmp_path: Path
) -> None:
    missing = run("convert", "--from", str(tmp_path / "none.csv"))
    assert (missing.exit_code, "none.csv: cannot be read" in missing.stderr) == (2, True)
    folder = run("convert", "--from", table, "--output", str(tmp_path))
    assert (folder.exit_code, "cannot be written" in folder.stderr) == (2, True)
    noise = tmp_path / "t.parquet"
    noise.write_bytes(b"PAR1")
    broken = run("convert", "--from", str(noise))
    assert (broken.exit_code, "t.parquet: no Parquet file" in broken.stderr) == (2, True)


def test_without_pyarrow_it_says_how_to_get_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "t.parquet").write_bytes(b"")
    result = run("convert", "--from", str(tmp_path / "t.parquet"))
    assert result.exit_code == 2
    assert "need pyarrow: pip install narwhals pyarrow" in result.stderr


def test_the_help_says_what_is_filled_in(run: Run) -> None:
    help = " ".join(run("convert", "--help").output.split())
    assert "cpu, memory and gpus that are absent are filled in" in help


@given(st.text(max_size=60) | st.text('id,cpu\n"a5\r ', max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_converted_or_refused(run: Run, text: Any) -> None:
    result = run("convert", "--from", "-", stdin=text.encode("utf-8", "surrogatepass"))
    assert result.exit_code in (0, 2)
    if result.exit_code == 0:
        placement.Cluster.from_ecs(json.loads(result.stdout))
    else:
        assert result.stderr.startswith("error: standard input: ")


def test_endings_say_the_format() -> None:
    assert [format_of(name) for name in ("a.csv", "a.JSON", "a.parquet", "-", "a")] == [
        "csv",
        "json",
        "parquet",
        "csv",
        "csv",
    ]


def test_a_file_is_replaced_only_with_force(run: Run, table: Any, tmp_path: Path) -> None:
    """A pipe or a device is no file that could be lost."""
    state = tmp_path / "state.json"
    state.write_text("mine")
    arguments = ("convert", "--from", table, *NAMED, "--output")
    result = run(*arguments, str(state))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is such a file already; --force replaces it" in result.stderr
    assert state.read_text() == "mine"
    assert run(*arguments, str(state), "--force").exit_code == 0
    assert len(json.loads(state.read_text())["containerInstances"]) == 3
    assert run(*arguments, "/dev/null").exit_code == 0


def test_columns_that_an_option_is_probably_meant_for_are_warned_of(run: Run, table: Any) -> None:
    lines = run("convert", "--from", table).stderr.splitlines()
    assert lines == [
        f"warning: column '{name}' is taken for an attribute of that name; --{name}-column {name}"
        " says what it is"
        for name in ("type", "zone")
    ]
    assert run("convert", "--from", table, *NAMED).stderr == ""


@pytest.mark.parametrize(("text", "number"), [("2048.0", 2048), ("2048.", 2048), ("7.00", 7)])
def test_c11_whole_numbers_as_spreadsheets_write_them(
    run: Run, write: Callable[..., str], text: str, number: int
) -> None:
    cluster = converted(run, "--from", write(f"id,cpu\ni,{text}\n", "machines.csv"))
    assert cluster.describe("i").cpu == number


@pytest.mark.parametrize("text", ["2048.5", ".0", "1e3", "2_048", "2048.0.0", "-1.0"])
def test_c11_other_numbers_are_refused(run: Run, write: Callable[..., str], text: str) -> None:
    result = run("convert", "--from", write(f"id,cpu\ni,{text}\n", "machines.csv"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "@ cpu[0]" in result.stderr
