"""``ecs.config``: what is read, what is a warning, what each line changes (section 7)."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement import DocumentError, PlacementError, UsageError
from placement.ecs import AgentConfig, explain_config, machine, parse_config
from placement.machines.agent_config import KEYS
from placement.model.instance import LINUX_PORTS, WINDOWS_PORTS


def names(config_text: Any, operating_system: Any = "linux") -> Any:
    """Return the attributes of a machine with a configuration."""
    arguments = machine(
        "m5.large", "us-east-1a", config=config_text, operating_system=operating_system
    )
    return {one["name"] for one in arguments["attributes"]}


# Defaults


def test_defaults_are_those_of_ecs_init_on_linux() -> None:
    """Section 7, the columns of defaults."""
    config = parse_config("")
    assert config.cluster == "default"
    assert config.reserved_ports == config.tcp_ports == LINUX_PORTS
    assert config.available_logging_drivers == ("json-file", "syslog", "awslogs", "fluentd", "none")
    assert config.enable_task_iam_role
    assert config.enable_task_iam_role_network_host
    assert config.enable_task_eni
    assert config.enable_high_density_eni
    assert config.enable_awslogs_executionrole_override
    assert config.volume_plugin_capabilities == ("efsAuth",)
    assert config.enable_task_cpu_mem_limit
    assert config.container_stop_timeout == 30
    assert config.dynamic_host_port_range is None
    assert (config.given, config.warnings) == ((), ())


def test_defaults_of_the_agent_alone_are_fewer() -> None:
    config = parse_config("", ecs_init=False)
    assert config.available_logging_drivers == ("json-file", "none")
    assert not config.enable_task_iam_role
    assert not config.enable_task_eni
    assert not config.enable_gpu_support
    assert config.volume_plugin_capabilities == ()


def test_defaults_of_windows() -> None:
    config = parse_config("", operating_system="windows")
    assert config.reserved_ports == WINDOWS_PORTS
    assert set(config.available_logging_drivers) == {"json-file", "none", "awslogs"}
    assert not config.enable_task_cpu_mem_limit
    assert config.fsx_windows_file_server_supported
    assert config.dynamic_host_port_range == (49152, 65535)


# Values


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true_in_the_forms_of_go(text: str) -> None:
    config = parse_config(f"ECS_DISABLE_PRIVILEGED={text}")
    assert config.disable_privileged
    assert config.warnings == ()


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_false_in_the_forms_of_go(text: str) -> None:
    assert not parse_config(f"ECS_ENABLE_TASK_ENI={text}").enable_task_eni


@pytest.mark.parametrize("text", ["yes", "tRuE", "2", '"true"', "on"])
def test_another_truth_value_is_a_warning_and_leaves_the_agents_default(text: str) -> None:
    """The line replaces what ecs-init set; nothing that can be read replaces the line."""
    config = parse_config(f"# first\nECS_ENABLE_TASK_ENI={text}")
    assert not config.enable_task_eni
    assert len(config.warnings) == 1
    assert config.warnings[0].startswith("line 2: ECS_ENABLE_TASK_ENI: expected true or false, not")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("10m", 600),
        ("1h30m", 5400),
        ("1.5s", 1.5),
        ("500ms", 0.5),
        (".5m", 30),
        ("0", 0),
    ],
)
def test_durations_of_go(text: str, seconds: float) -> None:
    assert parse_config(f"ECS_CONTAINER_STOP_TIMEOUT={text}").container_stop_timeout == seconds


@pytest.mark.parametrize("text", ["30", "s", "1d", "-5s", "1 m", "1m30", "٣s", "1e3s"])
def test_what_is_no_duration_is_a_warning(text: str) -> None:
    config = parse_config(f"ECS_CONTAINER_STOP_TIMEOUT={text}")
    assert config.container_stop_timeout == 30
    assert "expected a duration" in config.warnings[0]


def test_a_list_replaces_the_default_and_an_empty_one_does_not() -> None:
    """A67: the agent fills in its list only where there is none."""
    assert parse_config("ECS_RESERVED_PORTS=[80, 80, 22]").reserved_ports == (80, 22)
    assert parse_config("ECS_RESERVED_PORTS=[]").reserved_ports == LINUX_PORTS
    drivers = parse_config('ECS_AVAILABLE_LOGGING_DRIVERS=["awslogs"]').available_logging_drivers
    assert drivers == ("awslogs",)


@pytest.mark.parametrize(
    "text", ["[22", "22", "[0]", "[65536]", '["22"]', "[true]", "{}", "[" * 9999]
)
def test_a_list_that_is_none_is_a_warning_and_the_default_stays(text: str) -> None:
    config = parse_config(f"ECS_RESERVED_PORTS={text}")
    assert config.reserved_ports == LINUX_PORTS
    assert "expected a JSON list of ports" in config.warnings[0]
    assert config.given == ()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a": 1}', '{"a": null}', '{"": "x"}', '{"a":"\\n"}', "x"]
)
def test_attributes_that_cannot_be_read_are_an_error(text: str) -> None:
    """Section 7: the agent does not start."""
    with pytest.raises(DocumentError) as error:
        parse_config(f"ECS_CLUSTER=prod\nECS_INSTANCE_ATTRIBUTES={text}")
    assert error.value.path == "line 2: ECS_INSTANCE_ATTRIBUTES"


SILENT_SWITCHES = {
    "ECS_ENABLE_TASK_ENI": False,
    "ECS_ENABLE_TASK_IAM_ROLE": False,
    "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST": False,
    "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE": False,
    "ECS_ENABLE_HIGH_DENSITY_ENI": True,
    "ECS_ENABLE_TASK_CPU_MEM_LIMIT": True,
    "ECS_EBSTA_SUPPORTED": True,
}


@pytest.mark.parametrize("key", SILENT_SWITCHES)
@pytest.mark.parametrize("value", ["", "yes", '"true"'])
def test_a_switch_without_a_value_is_the_agents_default(key: str, value: str) -> None:
    """Section 7: an empty or unreadable boolean."""
    config = parse_config(f"{key}={value}")
    assert getattr(config, key.removeprefix("ECS_").lower()) is SILENT_SWITCHES[key]


@pytest.mark.parametrize("value", ["fluentd", "'[\"fluentd\"]'", '"fluentd"', "", "[]"])
def test_log_drivers_that_cannot_be_read_are_the_agents_two(value: str) -> None:
    config = parse_config(f"ECS_AVAILABLE_LOGGING_DRIVERS={value}")
    assert config.available_logging_drivers == ("json-file", "none")


def test_an_unknown_log_driver_stops_the_agent() -> None:
    with pytest.raises(DocumentError, match="does not start: it knows no log driver 'nobody'") as e:
        parse_config('ECS_CLUSTER=a\nECS_AVAILABLE_LOGGING_DRIVERS=["awslogs","nobody"]')
    assert e.value.path == "line 2: ECS_AVAILABLE_LOGGING_DRIVERS"


def test_a_list_ends_where_its_json_ends() -> None:
    config = parse_config("ECS_RESERVED_PORTS=[22, 80] # text\nECS_RESERVED_PORTS_UDP=[53],[54]")
    assert config.reserved_ports == (22, 80)
    assert config.reserved_ports_udp == (53,)
    assert config.warnings == ()
    with pytest.raises(DocumentError):
        parse_config('ECS_INSTANCE_ATTRIBUTES={"a": "b"} # text')


def test_a_blank_before_the_equals_sign_makes_another_key() -> None:
    config = parse_config("ECS_CLUSTER = prod\nECS_ENABLE_TASK_ENI = false")
    assert (config.cluster, config.enable_task_eni, config.given) == ("default", True, ())
    first, second = config.warnings
    assert first.startswith("line 1: ECS_CLUSTER : the blank before the = is a part of the name")
    assert second.startswith("line 2: ")


@pytest.mark.parametrize("name", ["my stack", "größe", "a" * 129, "a=b"])
def test_a_name_that_ecs_refuses_is_a_warning_at_its_line(name: str) -> None:
    """1.5: the agent takes it, RegisterContainerInstance does not."""
    text = json.dumps({"fine": "x", name: "x"})
    config = parse_config(f"ECS_CLUSTER=a\nECS_INSTANCE_ATTRIBUTES={text}")
    assert config.instance_attributes[name] == "x"
    (warning,) = config.warnings
    assert warning.startswith("line 2: ECS_INSTANCE_ATTRIBUTES: ECS refuses to register this: ")


def test_a_value_that_ecs_refuses_is_a_warning_at_its_line() -> None:
    (warning,) = parse_config('ECS_INSTANCE_ATTRIBUTES={"a": "x;y"}').warnings
    assert "The value of attribute a is" in warning


def test_a_name_that_comes_twice_is_a_warning_and_the_last_counts() -> None:
    """Section 7: the agent itself says nothing of it."""
    config = parse_config('ECS_CLUSTER=a\nECS_INSTANCE_ATTRIBUTES={"a": "x", "b": "z", "a": "y"}')
    assert config.instance_attributes == {"a": "y", "b": "z"}
    assert config.warnings == (
        "line 2: ECS_INSTANCE_ATTRIBUTES: comes twice in one object, the last counts: 'a'",
    )


def test_port_ranges() -> None:
    read = parse_config("ECS_DYNAMIC_HOST_PORT_RANGE=32768-60999").dynamic_host_port_range
    assert read == (32768, 60999)
    for wrong in ("5-4", "0-9", "1-65536", "1"):
        assert parse_config(f"ECS_DYNAMIC_HOST_PORT_RANGE={wrong}").warnings


# Lines


def test_the_last_line_of_a_key_counts_and_comments_do_not() -> None:
    config = parse_config("\ufeff# ECS_CLUSTER=no\r\n\r\n ECS_CLUSTER=one \r\nECS_CLUSTER= two\r\n")
    assert config.cluster == "two"
    assert config.warnings == ()
    assert parse_config("ECS_CLUSTER=a=b").cluster == "a=b"
    assert parse_config("ECS_CLUSTER=").cluster == "default"


def test_quotes_stay_and_are_mentioned() -> None:
    config = parse_config('ECS_CLUSTER="prod"')
    assert config.cluster == '"prod"'
    assert "quotes are a part of the value" in config.warnings[0]


def test_a_misspelled_key_is_mentioned_and_an_unknown_one_is_not() -> None:
    (warning,) = parse_config("ECS_ENABLE_TASK_IAM_ROLES=true\nECS_LOGLEVEL=debug").warnings
    assert warning.endswith("did you mean ECS_ENABLE_TASK_IAM_ROLE?")
    (warning,) = parse_config("export ECS_CLUSTER=prod").warnings
    assert warning.endswith("did you mean ECS_CLUSTER?")


@pytest.mark.parametrize("wrong", [None, 5, b"ECS_CLUSTER=a", ["ECS_CLUSTER=a"]])
def test_a_text_is_asked_for(wrong: Any) -> None:
    with pytest.raises(UsageError):
        parse_config(wrong)
    with pytest.raises(UsageError):
        explain_config(wrong)


LINES = st.one_of(
    st.text(max_size=30),
    st.builds(
        "{}={}".format,
        st.sampled_from([*KEYS, "ECS_LOGLEVEL"]),
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(["true", "0", "[22, 53]", '["awslogs"]', "10m", "256", "{}"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=4),
                lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner),
                max_leaves=5,
            ).map(json.dumps),
        ),
    ),
)


@given(st.lists(LINES).map("\n".join), st.sampled_from(["linux", "windows"]))
def test_any_text_is_read_or_refused_and_explained(text: Any, operating_system: Any) -> None:
    """A line's explanation is right: without the lines that are explained away nothing changes."""
    try:
        config = parse_config(text, operating_system=operating_system)
    except PlacementError:
        with pytest.raises(DocumentError, match=r"INSTANCE_ATTRIBUTES|LOGGING_DRIVERS"):
            explain_config(text, operating_system=operating_system)
        return
    assert isinstance(config, AgentConfig)
    effects = explain_config(text, operating_system=operating_system)
    kept = {effect.number for effect in effects if effect.taken and effect.changed}
    lines = [line if number in kept else "" for number, line in enumerate(text.split("\n"), 1)]
    same = parse_config("\n".join(lines), operating_system=operating_system)
    plain: dict[str, Any] = {"given": (), "warnings": ()}
    assert attrs.evolve(same, **plain) == attrs.evolve(config, **plain)
    assert all(str(effect) for effect in effects)


# What keys do


SWITCHES = {
    "ECS_DISABLE_PRIVILEGED": ("com.amazonaws.ecs.capability.privileged-container", False),
    "ECS_SELINUX_CAPABLE": ("com.amazonaws.ecs.capability.selinux", True),
    "ECS_APPARMOR_CAPABLE": ("com.amazonaws.ecs.capability.apparmor", True),
    "ECS_ENABLE_TASK_IAM_ROLE": ("com.amazonaws.ecs.capability.task-iam-role", True),
    "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST": (
        "com.amazonaws.ecs.capability.task-iam-role-network-host",
        True,
    ),
    "ECS_ENABLE_TASK_ENI": ("ecs.capability.task-eni", True),
    "ECS_ENABLE_HIGH_DENSITY_ENI": ("ecs.capability.task-eni-trunking", True),
    "ECS_AWSVPC_BLOCK_IMDS": ("ecs.capability.task-eni-block-instance-metadata", True),
    "ECS_ENABLE_TASK_CPU_MEM_LIMIT": ("ecs.capability.task-cpu-mem-limit", True),
    "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE": ("ecs.capability.execution-role-awslogs", True),
    "ECS_DISABLE_DOCKER_HEALTH_CHECK": ("ecs.capability.container-health-check", False),
    "ECS_GMSA_SUPPORTED": ("ecs.capability.gmsa", True),
    "ECS_EBSTA_SUPPORTED": ("ecs.capability.storage.ebs-task-volume-attach", True),
}


@pytest.mark.parametrize("key", SWITCHES)
def test_a_switch_is_an_attribute_or_its_absence(key: Any) -> None:
    """Section 7, the column of effects."""
    attribute, when = SWITCHES[key]
    assert (attribute in names(f"{key}=true")) == when
    assert (attribute in names(f"{key}=false")) != when


def test_the_windows_file_server_is_windows() -> None:
    name = "ecs.capability.fsxWindowsFileServer"
    key = "ECS_FSX_WINDOWS_FILE_SERVER_SUPPORTED"
    assert name in names("", "windows")
    assert name not in names(f"{key}=false", "windows")
    assert name not in names(f"{key}=true", "linux")


def test_lists_become_attributes() -> None:
    found = names('ECS_AVAILABLE_LOGGING_DRIVERS=["splunk"]\nECS_VOLUME_PLUGIN_CAPABILITIES=["x"]')
    drivers = {name for name in found if "capability.logging-driver" in name}
    assert drivers == {
        "com.amazonaws.ecs.capability.logging-driver.splunk",
        "com.amazonaws.ecs.capability.logging-driver.awsfirelens",
        "ecs.capability.logging-driver.awsfirelens.log-driver-buffer-limit",
    }
    assert "ecs.capability.x" in found
    assert "ecs.capability.efsAuth" not in found


def test_each_line_is_explained_by_what_it_changes() -> None:
    text = """\
ECS_CLUSTER=prod
ECS_RESERVED_PORTS=[22,80]
ECS_RESERVED_PORTS_UDP=[53]
ECS_RESERVED_MEMORY=256
ECS_INSTANCE_ATTRIBUTES={"stack":"prod"}
ECS_APPARMOR_CAPABLE=false
ECS_DISABLE_PRIVILEGED=maybe
ECS_DISABLE_PRIVILEGED=true
ECS_ENABLE_TASK_IAM_ROLE=yes
ECS_SELINUX_CAPABLE=
"""
    cluster, ports, udp, memory, own, default, over, privileged, yes, no = explain_config(text)
    assert (yes.taken, yes.removed) == (True, ("com.amazonaws.ecs.capability.task-iam-role",))
    assert "expected true or false" in str(yes)
    assert (no.taken, str(no)) == (
        False,
        "line 10: ECS_SELINUX_CAPABLE: no value; the agent's default holds",
    )
    assert cluster.changed
    assert not cluster.added
    assert ports.reserved == ("80",)
    assert ports.released == ("2375", "2376", "51678", "51679")
    assert udp.reserved == ("53/udp",)
    assert memory.memory == -256
    assert own.added == ("stack=prod",)
    assert (default.taken, default.changed) == (True, False)
    assert str(default) == "line 6: ECS_APPARMOR_CAPABLE: AppArmor profiles: the default"
    assert (over.taken, over.effect) == (False, "overridden by line 8")
    assert privileged.removed == ("com.amazonaws.ecs.capability.privileged-container",)
    assert str(privileged).endswith("- com.amazonaws.ecs.capability.privileged-container")


def test_a_configuration_for_another_system_is_refused() -> None:
    with pytest.raises(UsageError, match="the configuration is for windows, not linux"):
        machine("m5.large", "us-east-1a", config=parse_config("", operating_system="windows"))
