"""Things of a wrong kind for machines, configurations, tables: an answer or an error of ours."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import placement
from clean import within
from junk import JUNK
from placement import ecs
from placement.documents.frames import KNOWN, table_of

MACHINE = (
    "instance_type",
    "availability_zone",
    "region",
    "vpc_id",
    "subnet_id",
    "instance_id",
    "account_id",
    "ami_id",
    "trunk_id",
    "config",
    "operating_system",
    "os_family",
    "agent_version",
    "gpu_driver_version",
    "cni_plugin_version",
    "volume_plugins",
)

EXTERNAL = ("vcpus", "memory", "instance_id", "architecture", "gpus", "config", "operating_system")


def refused_or(call: Any, answer: type) -> None:
    """Let a call end in a value of a type or in an error of ours that can be shown, soon."""
    with within(20):
        try:
            assert isinstance(call(), answer)
        except placement.PlacementError as error:
            shown = str(error)
            assert shown.isprintable()
            assert len(shown) < 1000


@pytest.mark.parametrize("junk", JUNK)
def test_machines(junk: Any) -> None:
    for name in MACHINE:
        given = {"instance_type": "m5.large", "availability_zone": "us-east-1a", name: JUNK[junk]}
        refused_or(lambda given=given: ecs.machine(**given), dict)
    for name in EXTERNAL:
        given = {"vcpus": 1, "memory": 1, name: JUNK[junk]}
        refused_or(lambda given=given: ecs.external_machine(**given), dict)
    refused_or(lambda: ecs.instance_type(JUNK[junk]), ecs.InstanceType)
    good = ecs.machine("m5.large", "us-east-1a")
    refused_or(lambda: ecs.registered_instance(JUNK[junk], "a"), placement.Instance)
    refused_or(lambda: ecs.registered_instance(good, JUNK[junk]), placement.Instance)
    for name in (*good, "instanceIdentityDocument"):
        broken = {**good, name: JUNK[junk]}
        refused_or(lambda broken=broken: ecs.registered_instance(broken, "a"), placement.Instance)


@pytest.mark.parametrize("junk", JUNK)
def test_configurations(junk: Any) -> None:
    wrong = JUNK[junk]
    for given in (
        {"text": wrong},
        {"text": "", "operating_system": wrong},
        {"text": "", "ecs_init": wrong},
    ):
        refused_or(lambda given=given: ecs.parse_config(**given), ecs.AgentConfig)
        refused_or(lambda given=given: ecs.explain_config(**given), tuple)


@pytest.mark.parametrize("junk", JUNK)
def test_cells_and_frames(junk: Any) -> None:
    for name in (*KNOWN, "stack", "ecs.instance-type", "ecs.os-type"):
        columns = {"id": ["a"], name: [JUNK[junk]]}
        refused_or(lambda columns=columns: len(table_of(columns).ids), int)
        cells = {key: pd.Series(values, dtype=object) for key, values in columns.items()}
        frame = pd.DataFrame(cells)
        refused_or(lambda frame=frame: placement.Cluster.from_frame(frame), placement.Cluster)
    refused_or(lambda: placement.Cluster.from_frame(JUNK[junk]), placement.Cluster)
