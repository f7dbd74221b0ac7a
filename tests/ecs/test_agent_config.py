"""``ecs.config``: what is read, what is a warning, what each line changes (section 7)."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement import DocumentError, PlacementError, UsageError
from placement.ecs import AgentConfig, explain_config, machine, parse_config
from placement.machines.agent_config import KEYS
from placement.model.instance import LINUX_PORTS, WINDOWS_PORTS


def names(config_text, operating_system="linux"):
    """Return the attributes of a machine with a configuration."""
    arguments = machine(
        "m5.large", "us-east-1a", config=config_text, operating_system=operating_system
    )
    return {one["name"] for one in arguments["attributes"]}


# Defaults


def test_defaults_are_those_of_ecs_init_on_linux():
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


def test_defaults_of_the_agent_alone_are_fewer():
    config = parse_config("", ecs_init=False)
    assert config.available_logging_drivers == ("json-file", "none")
    assert not config.enable_task_iam_role
    assert not config.enable_task_eni
    assert not config.enable_gpu_support
    assert config.volume_plugin_capabilities == ()


def test_defaults_of_windows():
    config = parse_config("", operating_system="windows")
    assert config.reserved_ports == WINDOWS_PORTS
    assert set(config.available_logging_drivers) == {"json-file", "none", "awslogs"}
    assert not config.enable_task_cpu_mem_limit
    assert config.fsx_windows_file_server_supported
    assert config.dynamic_host_port_range == (49152, 65535)


# Values


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true_in_the_forms_of_go(text):
    config = parse_config(f"ECS_DISABLE_PRIVILEGED={text}")
    assert config.disable_privileged
    assert config.warnings == ()


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_false_in_the_forms_of_go(text):
    assert not parse_config(f"ECS_ENABLE_TASK_ENI={text}").enable_task_eni


@pytest.mark.parametrize("text", ["yes", "tRuE", "2", '"true"', "on"])
def test_another_truth_value_is_a_warning_and_the_default_stays(text):
    config = parse_config(f"# first\nECS_ENABLE_TASK_ENI={text}")
    assert config.enable_task_eni
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
def test_durations_of_go(text, seconds):
    assert parse_config(f"ECS_CONTAINER_STOP_TIMEOUT={text}").container_stop_timeout == seconds


@pytest.mark.parametrize("text", ["30", "s", "1d", "-5s", "1 m", "1m30", "٣s", "1e3s"])
def test_what_is_no_duration_is_a_warning(text):
    config = parse_config(f"ECS_CONTAINER_STOP_TIMEOUT={text}")
    assert config.container_stop_timeout == 30
    assert "expected a duration" in config.warnings[0]


def test_a_list_replaces_the_default_and_an_empty_one_does_not():
    """A67: the agent fills in its list only where there is none."""
    assert parse_config("ECS_RESERVED_PORTS=[80, 80, 22]").reserved_ports == (80, 22)
    assert parse_config("ECS_RESERVED_PORTS=[]").reserved_ports == LINUX_PORTS
    drivers = parse_config('ECS_AVAILABLE_LOGGING_DRIVERS=["awslogs"]').available_logging_drivers
    assert drivers == ("awslogs",)


@pytest.mark.parametrize(
    "text", ["[22", "22", "[0]", "[65536]", '["22"]', "[true]", "{}", "[" * 9999]
)
def test_a_list_that_is_none_is_a_warning_and_the_default_stays(text):
    config = parse_config(f"ECS_RESERVED_PORTS={text}")
    assert config.reserved_ports == LINUX_PORTS
    assert "expected a JSON list of ports" in config.warnings[0]
    assert config.given == ()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a": 1}', '{"a": null}', '{"": "x"}', '{"a":"\\n"}', "x"]
)
def test_attributes_that_cannot_be_read_are_an_error(text):
    """Section 7: the agent does not start."""
    with pytest.raises(DocumentError) as error:
        parse_config(f"ECS_CLUSTER=prod\nECS_INSTANCE_ATTRIBUTES={text}")
    assert error.value.path == "line 2: ECS_INSTANCE_ATTRIBUTES"


def test_port_ranges():
    read = parse_config("ECS_DYNAMIC_HOST_PORT_RANGE=32768-60999").dynamic_host_port_range
    assert read == (32768, 60999)
    for wrong in ("5-4", "0-9", "1-65536", "1"):
        assert parse_config(f"ECS_DYNAMIC_HOST_PORT_RANGE={wrong}").warnings


# Lines


def test_the_last_line_of_a_key_counts_and_comments_do_not():
    config = parse_config(
        "\ufeff# ECS_CLUSTER=no\r\n\r\n ECS_CLUSTER = one \r\nECS_CLUSTER=two\r\n"
    )
    assert config.cluster == "two"
    assert config.warnings == ()
    assert parse_config("ECS_CLUSTER=a=b").cluster == "a=b"
    assert parse_config("ECS_CLUSTER=").cluster == "default"


def test_quotes_stay_and_are_mentioned():
    config = parse_config('ECS_CLUSTER="prod"')
    assert config.cluster == '"prod"'
    assert "quotes are a part of the value" in config.warnings[0]


def test_a_misspelled_key_is_mentioned_and_an_unknown_one_is_not():
    (warning,) = parse_config("ECS_ENABLE_TASK_IAM_ROLES=true\nECS_LOGLEVEL=debug").warnings
    assert warning.endswith("did you mean ECS_ENABLE_TASK_IAM_ROLE?")
    (warning,) = parse_config("export ECS_CLUSTER=prod").warnings
    assert warning.endswith("did you mean ECS_CLUSTER?")


@pytest.mark.parametrize("wrong", [None, 5, b"ECS_CLUSTER=a", ["ECS_CLUSTER=a"]])
def test_a_text_is_asked_for(wrong):
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
def test_any_text_is_read_or_refused_and_explained(text, operating_system):
    """A line's explanation is right: without the lines that are explained away nothing changes."""
    try:
        config = parse_config(text, operating_system=operating_system)
    except PlacementError:
        with pytest.raises(DocumentError, match="ECS_INSTANCE_ATTRIBUTES"):
            explain_config(text, operating_system=operating_system)
        return
    assert isinstance(config, AgentConfig)
    effects = explain_config(text, operating_system=operating_system)
    kept = {effect.number for effect in effects if effect.taken and effect.changed}
    lines = [line if number in kept else "" for number, line in enumerate(text.split("\n"), 1)]
    same = parse_config("\n".join(lines), operating_system=operating_system)
    plain = {"given": (), "warnings": ()}
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
def test_a_switch_is_an_attribute_or_its_absence(key):
    """Section 7, the column of effects."""
    attribute, when = SWITCHES[key]
    assert (attribute in names(f"{key}=true")) == when
    assert (attribute in names(f"{key}=false")) != when


def test_the_windows_file_server_is_windows():
    name = "ecs.capability.fsxWindowsFileServer"
    key = "ECS_FSX_WINDOWS_FILE_SERVER_SUPPORTED"
    assert name in names("", "windows")
    assert name not in names(f"{key}=false", "windows")
    assert name not in names(f"{key}=true", "linux")


def test_lists_become_attributes():
    found = names(
        'ECS_AVAILABLE_LOGGING_DRIVERS=["splunk","nobody"]\nECS_VOLUME_PLUGIN_CAPABILITIES=["x"]'
    )
    drivers = {name for name in found if "capability.logging-driver" in name}
    assert drivers == {
        "com.amazonaws.ecs.capability.logging-driver.splunk",
        "com.amazonaws.ecs.capability.logging-driver.awsfirelens",
        "ecs.capability.logging-driver.awsfirelens.log-driver-buffer-limit",
    }
    assert "ecs.capability.x" in found
    assert "ecs.capability.efsAuth" not in found


def test_each_line_is_explained_by_what_it_changes():
    text = """\
ECS_CLUSTER=prod
ECS_RESERVED_PORTS=[22,80]
ECS_RESERVED_PORTS_UDP=[53]
ECS_RESERVED_MEMORY=256
ECS_INSTANCE_ATTRIBUTES={"stack":"prod"}
ECS_APPARMOR_CAPABLE=false
ECS_DISABLE_PRIVILEGED=maybe
ECS_DISABLE_PRIVILEGED=true
"""
    cluster, ports, udp, memory, own, default, over, privileged = explain_config(text)
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


def test_a_configuration_for_another_system_is_refused():
    with pytest.raises(UsageError, match="the configuration is for windows, not linux"):
        machine("m5.large", "us-east-1a", config=parse_config("", operating_system="windows"))
