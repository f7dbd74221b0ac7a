"""How much a process grows while instances are streamed into a cluster.  Linux only.

Arguments: the number of instances; ``shared`` or ``own``, whether the twelfth attribute has few
values or one for each instance.  Prints JSON: bytes at the peak and afterwards.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from typing import Any

import placement
from harness.child import memory_of


def main() -> None:
    """Build the cluster and print what it took."""
    rows, shape = int(sys.argv[1]), sys.argv[2]
    small = placement.Cluster.from_ecs(instances(10, shape))
    gc.collect()
    before = memory_of("VmRSS")
    cluster = placement.Cluster.from_ecs(instances(rows, shape))
    grown = {"peak": memory_of("VmHWM") - before, "after": memory_of("VmRSS") - before}
    assert (len(small), len(cluster)) == (10, rows)
    json.dump(grown, sys.stdout)


def instances(rows: int, shape: str) -> Iterator[dict[str, Any]]:
    """Yield instances whose texts are all new objects, as a parser of JSON gives them."""
    for row in range(rows):
        number = row * 2654435761 % 2**32  # spread, so that values do not come in order
        attributes = {
            "ecs.ami-id": f"ami-{number % 30:017x}",
            "ecs.availability-zone": f"us-east-1{'abcdef'[number % 6]}",
            "ecs.instance-type": f"m{number % 20}.{number % 5}xlarge",
            "ecs.os-type": "linux",
            "ecs.os-family": "LINUX",
            "ecs.cpu-architecture": "arm64" if number % 3 else "x86_64",
            "ecs.vpc-id": f"vpc-{number % 10:017x}",
            "ecs.subnet-id": f"subnet-{number % 60:017x}",
            "stack": f"stack-{number % 3}",
            "rack": f"r{number % max(rows // 40, 1)}",
            "team": f"team-{number % 200}",
            "ecs.awsvpc-trunk-id": f"eni-{number if shape == 'own' else number % 50:017x}",
        }
        yield {
            "containerInstanceArn": "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/"
            f"{row:032x}",
            "ec2InstanceId": f"i-{row:017x}",
            "versionInfo": {"agentVersion": f"1.{number % 9}.0"},
            "status": "ACTIVE",
            "agentConnected": True,
            "runningTasksCount": number % 60,
            "registeredAt": "2024-06-07T12:00:00+00:00",
            "attributes": [{"name": name, "value": value} for name, value in attributes.items()],
        }


if __name__ == "__main__":
    main()
