"""Write ``src/placement/machines/data/ec2_types.csv`` from a table of EC2 instance types.

    python tools/make_types.py TABLE.csv

``TABLE.csv`` has columns of EC2's DescribeInstanceTypes (``SOURCE_COLUMNS``; several values are
joined by ``|``), the zones of us-east-1 that offer the type and its On-Demand price there; others
are ignored.  GPU types that ECS documents and the table no longer has come from ``DOCUMENTED``:
without price and zones.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/placement/machines/data/ec2_types.csv"

SOURCE_COLUMNS = (
    *("instance_type", "vcpus", "memory_mib", "arch", "gpus", "gpu_memory_mib_each"),
    *("logical_gpus", "neuron_devices", "inference_accelerators", "instance_storage_gb"),
    *("bare_metal", "burstable", "current_generation", "az_names_us_east_1"),
    "on_demand_usd_per_hour_us_east_1",
)

COLUMNS = (
    *("instance_type", "vcpus", "memory_mib", "arch", "gpus", "usd_per_hour", "zones"),
    *("generation", "bare_metal", "burstable", "storage_gb"),
    *("accelerator", "accelerators", "accelerator_mib"),
)

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


def accelerators(line: dict[str, str]) -> tuple[str, int, int]:
    """Return kind, number and MiB of all accelerators of a type; parts of a GPU count as one."""
    if gpus := int(line["logical_gpus"] or 0):
        return "gpu", gpus, gpus * int(line["gpu_memory_mib_each"] or 0)
    chips = max(int(line["neuron_devices"] or 0), int(line["inference_accelerators"] or 0))
    return ("inference", chips, 0) if chips else ("", 0, 0)


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
            line["on_demand_usd_per_hour_us_east_1"],
            line["az_names_us_east_1"].replace("|", ""),
            "current" if line["current_generation"] == "true" else "previous",
            int(line["bare_metal"] == "true"),
            int(line["burstable"] == "true"),
            int(line["instance_storage_gb"] or 0),
            *accelerators(line),
        )
    for name, (vcpus, memory, gpus) in documented().items():
        known = (vcpus, memory, "x86_64", gpus, "", "", "previous", 0, 0, 0, "gpu", gpus, 0)
        rows.setdefault(name, known)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([name, *row] for name, row in sorted(rows.items()))
    return out.getvalue()


if __name__ == "__main__":
    TARGET.write_text(packed(Path(sys.argv[1]).read_text(encoding="utf-8")), encoding="utf-8")
