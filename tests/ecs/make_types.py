"""Write ``src/placement/machines/data/ec2_types.csv`` from a table of EC2 instance types.

    python tests/ecs/make_types.py TABLE.csv

``TABLE.csv`` has the columns ``instance_type``, ``vcpus``, ``memory_mib``, ``arch`` and ``gpus`` of
EC2's DescribeInstanceTypes (``arch`` may list several, joined by ``|``); others are ignored.  GPU
types that ECS documents and the table no longer has come from ``DOCUMENTED``.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "src/placement/machines/data/ec2_types.csv"

COLUMNS = ("instance_type", "vcpus", "memory_mib", "arch", "gpus")

DOCUMENTED = """
p2.xlarge 1/4/61; p2.8xlarge 8/32/488; p2.16xlarge 16/64/732; p3.2xlarge 1/8/61;
p3.8xlarge 4/32/244; p3.16xlarge 8/64/488; p3dn.24xlarge 8/96/768; p4d.24xlarge 8/96/1152;
g3s.xlarge 1/4/30.5; g3.4xlarge 1/16/122; g3.8xlarge 2/32/244; g3.16xlarge 4/64/488;
g4dn.xlarge 1/4/16; g4dn.2xlarge 1/8/32; g4dn.4xlarge 1/16/64; g4dn.8xlarge 1/32/128;
g4dn.12xlarge 4/48/192; g4dn.16xlarge 1/64/256; g5.xlarge 1/4/16; g5.2xlarge 1/8/32;
g5.4xlarge 1/16/64; g5.8xlarge 1/32/128; g5.16xlarge 1/64/256; g5.12xlarge 4/48/192;
g5.24xlarge 4/96/384; g5.48xlarge 8/192/768
"""
"""GPUs, vCPUs and GiB of the types in the ECS Developer Guide, "Amazon ECS GPUs" (Appendix B)."""


def documented() -> dict[str, tuple[int, int, int]]:
    """Return vCPUs, MiB and GPUs of each type in ``DOCUMENTED``."""
    found = {}
    for entry in DOCUMENTED.replace("\n", " ").split(";"):
        name, figures = entry.split()
        gpus, vcpus, gib = figures.split("/")
        found[name] = (int(vcpus), int(float(gib) * 1024), int(gpus))
    return found


def packed(source: str) -> str:
    """Return the table of the package, sorted by type, from the text of the large one."""
    rows = {}
    for line in csv.DictReader(io.StringIO(source)):
        arch = "arm64" if "arm64" in line["arch"] else "x86_64"
        rows[line["instance_type"]] = (
            int(line["vcpus"]),
            int(line["memory_mib"]),
            arch,
            int(line["gpus"] or 0),
        )
    for name, (vcpus, memory, gpus) in documented().items():
        rows.setdefault(name, (vcpus, memory, "x86_64", gpus))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([name, *row] for name, row in sorted(rows.items()))
    return out.getvalue()


if __name__ == "__main__":
    TARGET.write_text(packed(Path(sys.argv[1]).read_text(encoding="utf-8")), encoding="utf-8")
