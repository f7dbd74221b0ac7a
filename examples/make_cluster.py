"""Write ``cluster.json`` and ``tasks.json``: an invented ECS cluster of 200 container instances.

Run as ``python examples/make_cluster.py``; it reads ``instance_types.csv`` beside it (real EC2
figures, see the README) and writes both documents there, always the same bytes.  Names, fields
and values are those that ECS and its agent send; the machines and what runs on them are invented.

Every choice is a hash of the seed and of what it is for (``draw``), not the next number of a
generator: an edit here changes few lines there, and every version of Python gives the same ones.

Longer than a module of the library may be, so that it can be read, copied and run as one file.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Json = dict[str, Any]

HERE = Path(__file__).resolve().parent
SEED = "prod-1"
REGION = "us-east-1"
ACCOUNT = "123456789012"
CLUSTER = "prod"

# The AWS CLI prints times in the zone of the machine it runs on; this one is in Lima, where no
# summer time makes the offset jump between two lines.
ZONE = timezone(timedelta(hours=-5))
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=ZONE)

LINUX_PORTS = ("22", "2376", "2375", "51678", "51679")
WINDOWS_PORTS = (
    "53", "135", "139", "445", "2375", "2376", "3389", "5985", "5986", "51678", "51679",
)  # fmt: skip


# --- chance ----------------------------------------------------------------------------------


def digest(length: int, *key: object) -> str:
    """Return ``length`` hex digits (at most 64) that only ``key`` decides."""
    return sha256(repr((SEED, *key)).encode()).hexdigest()[:length]


def draw(*key: object) -> float:
    """Return a number in [0, 1) that only ``key`` decides."""
    return int(digest(13, *key), 16) / 16**13


def pick(items: Sequence[T], *key: object) -> T:
    """Return one of ``items``, each as likely as the others."""
    return items[int(draw(*key) * len(items))]


def uuid(*key: object) -> str:
    """Return 32 hex digits in the five groups of a UUID."""
    text = digest(32, *key)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def stamp(moment: datetime) -> str:
    """Return a time as the AWS CLI prints it: ECS keeps milliseconds, the CLI prints six digits."""
    thousandths = moment.microsecond // 1000
    return moment.replace(microsecond=thousandths * 1000).isoformat(timespec="microseconds")


def moment_between(start: datetime, end: datetime, *key: object) -> datetime:
    """Return a time from ``start`` to ``end``."""
    return start + (end - start) * draw(*key)


# --- machines --------------------------------------------------------------------------------


@dataclass(frozen=True)
class InstanceType:
    """One row of the table."""

    name: str
    vcpus: int
    memory: int
    arch: str
    gpus: int
    gpu_name: str
    enis: int
    branch_enis: int
    zones: tuple[str, ...]


@dataclass(frozen=True)
class Release:
    """An ECS-optimised AMI: instances are launched from it until the next one is out."""

    day: datetime
    agent: str
    docker: str
    cni: str
    driver: str

    def at_least(self, version: str) -> bool:
        """Tell whether the agent is of this version or newer, part by part."""
        return numbers(self.agent) >= numbers(version)


def numbers(version: str) -> tuple[int, ...]:
    """Return the parts of a dotted version as numbers."""
    return tuple(int(part) for part in version.split("."))


def day(text: str) -> datetime:
    """Return noon of an ISO date."""
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=ZONE)


RELEASES = (
    Release(day("2023-02-14"), "1.68.2", "20.10.17", "2023.01.0", "470.161.03"),
    Release(day("2023-08-08"), "1.75.0", "20.10.23", "2023.06.0", "470.182.03"),
    Release(day("2023-12-12"), "1.79.1", "20.10.25", "2023.11.0", "535.129.03"),
    Release(day("2024-04-09"), "1.82.1", "20.10.25", "2024.02.0", "535.161.07"),
    Release(day("2024-08-13"), "1.86.2", "20.10.25", "2024.06.0", "535.183.01"),
    Release(day("2025-01-14"), "1.89.2", "25.0.6", "2024.11.0", "550.127.08"),
    Release(day("2025-06-10"), "1.94.0", "25.0.8", "2025.04.0", "550.163.01"),
    Release(day("2025-10-14"), "1.99.1", "25.0.13", "2025.08.0", "570.172.08"),
    Release(day("2026-01-13"), "1.102.1", "25.0.14", "2025.12.0", "570.195.03"),
)


@dataclass
class Host:
    """One container instance, and the tasks on it."""

    number: int
    kind: InstanceType | None  # None: an external instance, which ECS knows no type of
    zone: str | None
    release: Release
    registered_at: datetime
    cpu: int
    memory: int
    arch: str
    os_family: str = "LINUX"
    reserved: tuple[str, ...] = LINUX_PORTS
    trunk: bool = False
    connected: bool = True
    draining: bool = False
    custom: dict[str, str | None] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return digest(32, "container-instance", self.number)

    @property
    def ec2_id(self) -> str:
        """The id in EC2, or in Systems Manager for an external instance."""
        prefix = "i-0" if self.kind else "mi-0"
        return prefix + digest(16, "ec2", self.number)

    @property
    def type_name(self) -> str:
        """The instance type, empty for an external instance."""
        return self.kind.name if self.kind else ""

    @property
    def stack(self) -> str | None:
        """The custom attribute that most rules here ask for."""
        return self.custom.get("stack")

    @property
    def is_linux(self) -> bool:
        """Whether the instance runs Linux."""
        return self.os_family == "LINUX"

    @property
    def gpus(self) -> list[str]:
        """The ids of all GPUs of the instance."""
        count = self.kind.gpus if self.kind else 0
        return ["GPU-" + uuid("gpu", self.number, n) for n in range(count)]

    @property
    def subnet(self) -> str:
        """One of the zone's two subnets."""
        return "subnet-0" + digest(16, "subnet", self.zone, self.number % 2)

    @property
    def holding(self) -> list[Task]:
        """The tasks whose resources are taken: ECS frees them when a task is to stop."""
        return [task for task in self.tasks if task.desired == "RUNNING"]

    def held_ports(self, protocol: str) -> list[str]:
        """The static host ports that tasks hold."""
        ports = (port for task in self.holding for port in task.family.ports)
        return [str(port.host) for port in ports if port.host and port.protocol == protocol]

    def free_gpus(self) -> list[str]:
        """The ids of the GPUs that no task holds."""
        held = {gpu for task in self.holding for gpu in task.gpus}
        return [gpu for gpu in self.gpus if gpu not in held]

    def free_interfaces(self) -> int:
        """Interfaces left for awsvpc tasks; the primary one is not for tasks."""
        if self.kind is None:
            return 0
        limit = self.kind.branch_enis if self.trunk else self.kind.enis - 1
        return limit - sum(task.family.awsvpc for task in self.holding)

    def free_cpu(self) -> int:
        """CPU units that no task holds."""
        return self.cpu - sum(task.family.cpu for task in self.holding)

    def free_memory(self) -> int:
        """MiB that no task holds."""
        return self.memory - sum(task.family.memory for task in self.holding)

    def has_room(self, family: Family) -> bool:
        """Tell whether one more task of the family fits."""
        return (
            self.free_cpu() >= family.cpu
            and self.free_memory() >= family.memory
            and len(self.free_gpus()) >= family.gpus
            and self.free_interfaces() >= int(family.awsvpc)
            and not any(str(p.host) in self.held_ports(p.protocol) for p in family.ports)
        )


def read_types(path: Path) -> dict[str, InstanceType]:
    """Read the table of EC2 instance types."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["instance_type"]: instance_type(row) for row in csv.DictReader(lines)}


def instance_type(row: dict[str, str]) -> InstanceType:
    """Convert one row of the table."""
    return InstanceType(
        name=row["instance_type"],
        vcpus=int(row["vcpus"]),
        memory=int(row["memory_mib"]),
        arch=row["arch"],
        gpus=int(row["gpus"]),
        gpu_name=row["gpu_name"],
        enis=int(row["max_enis"]),
        branch_enis=int(row["branch_enis"]),
        zones=tuple(REGION + suffix for suffix in row["az_names_us_east_1"].split("|")),
    )


FLEET = {
    "t3.medium": 24,
    "m5.large": 36,
    "m5.xlarge": 26,
    "c5.xlarge": 28,
    "c5.2xlarge": 16,
    "r5.2xlarge": 12,
    "m6g.large": 20,
    "c7g.xlarge": 14,
    "g4dn.xlarge": 10,
    "g4dn.12xlarge": 2,
    "g5.xlarge": 6,
    "inf1.xlarge": 3,
}
WINDOWS = ("WINDOWS_SERVER_2019_FULL", "WINDOWS_SERVER_2022_CORE")  # the last two m5.xlarge
EXTERNAL = ((4, 15884, "x86_64"), (8, 31993, "x86_64"), (4, 7811, "arm64"))  # vCPUs, MiB, CPU
ZONE_SHARES = ("a",) * 6 + ("b",) * 5 + ("c",) * 5 + ("d",) * 3
RACKS = {"a": "r1 r2 r3", "b": "r4 r5 r6", "c": "r7 r8", "d": "r9 r10"}
STACKS = ("prod",) * 11 + ("staging",) * 5 + ("dev",) * 3 + (None,)
DRAINING = (17, 58, 95, 131, 166)
DISCONNECTED = (41, 74, 112, 131)
AGENT_UPDATES = {8: "PENDING", 29: "UPDATED", 66: "UPDATED", 103: "UPDATING", 140: "FAILED"}
RETIRING = {12: "true", 37: "true", 58: "true", 77: "false", 95: "true", 120: "false", 151: "true"}
MAINTENANCE = (33, 88, 143)


def make_fleet(types: dict[str, InstanceType]) -> list[Host]:
    """Return all instances, without tasks."""
    kinds = [types[name] for name, count in FLEET.items() for _ in range(count)]
    hosts = [ec2_host(number, kind) for number, kind in enumerate(kinds)]
    windows = [host for host in hosts if host.type_name == "m5.xlarge"][-len(WINDOWS) :]
    for host, family in zip(windows, WINDOWS, strict=True):
        host.os_family, host.reserved, host.trunk = family, WINDOWS_PORTS, False
    hosts += [external_host(len(hosts) + n, *spec) for n, spec in enumerate(EXTERNAL)]
    for host in hosts:
        host.custom = custom_attributes(host)
    return hosts


def ec2_host(number: int, kind: InstanceType) -> Host:
    """Return one EC2 instance."""
    share = [zone for zone in ZONE_SHARES if REGION + zone in kind.zones]
    release, registered = launch(number)
    return Host(
        number=number,
        kind=kind,
        zone=REGION + pick(share, "zone", number),
        release=release,
        registered_at=registered,
        cpu=kind.vcpus * 1024,
        memory=kind.memory - kept_by_kernel(kind.memory) - 4 * RELEASES.index(release),
        arch=kind.arch,
        trunk=kind.branch_enis > 0 and draw("trunk", number) < 0.4,
        connected=number not in DISCONNECTED,
        draining=number in DRAINING,
    )


def external_host(number: int, vcpus: int, memory: int, arch: str) -> Host:
    """Return one machine of ECS Anywhere: it has no EC2 type, zone, image or subnet."""
    release, registered = launch(number)
    return Host(number, None, None, release, registered, vcpus * 1024, memory, arch)


def launch(number: int) -> tuple[Release, datetime]:
    """Return the image of an instance and when it registered: newer images have more of them."""
    index = int(draw("release", number) ** 0.6 * len(RELEASES))
    end = RELEASES[index + 1].day if index + 1 < len(RELEASES) else NOW - timedelta(days=2)
    return RELEASES[index], moment_between(RELEASES[index].day, end, "registered", number)


def kept_by_kernel(mebibytes: int) -> int:
    """Return what MemTotal is short of the nominal memory: some 365 MiB of 8192 on Nitro types."""
    return 128 + mebibytes * 29 // 1000


def custom_attributes(host: Host) -> dict[str, str | None]:
    """Return what the owners of the cluster have put on an instance; gaps are on purpose."""
    number, name = host.number, host.type_name
    found: dict[str, str | None] = {"stack": pick(STACKS, "stack", number), "team": team(host)}
    found["rack"] = rack(host)
    if host.kind:
        found["disk-gb"] = pick(("30", "50", "100", "100", "200", "500", "1000"), "disk", number)
    if host.kind and host.kind.gpus:
        found["gpu"] = host.kind.gpu_name.split()[-1].lower()
        found["owner"] = "ml-oncall@example.com"
    if name == "r5.2xlarge":
        found["owner"] = "team: data platform"
    if number in RETIRING:
        found["retiring"] = RETIRING[number]
    present: dict[str, str | None] = {key: value for key, value in found.items() if value}
    if number in MAINTENANCE:
        present["maintenance"] = None  # a name without a value, as PutAttributes allows
    return present


def team(host: Host) -> str | None:
    """Return who pays for an instance, if anybody says so."""
    if host.kind is None or draw("has team", host.number) < 0.15:
        return None
    if host.kind.gpus or host.type_name == "inf1.xlarge":
        return "ml"
    if host.type_name == "r5.2xlarge":
        return "data"
    return pick(("web", "web", "payments", "search", "platform"), "team", host.number)


def rack(host: Host) -> str | None:
    """Return the rack: the small burstable instances were never labelled."""
    if host.zone is None:
        return "cellar"
    if host.type_name == "t3.medium" or draw("has rack", host.number) < 0.06:
        return None
    return pick(RACKS[host.zone[-1]].split(), "rack", host.number)


# --- tasks -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Port:
    """A port mapping; host port 0 is dynamic and reserves nothing."""

    container: int
    host: int = 0
    protocol: str = "tcp"


@dataclass(frozen=True)
class Family:
    """A task definition, how many of its tasks run, and where they may."""

    name: str
    group: str
    count: int
    cpu: int
    memory: int
    image: str
    suits: Callable[[Host], bool]
    ports: tuple[Port, ...] = ()
    gpus: int = 0
    awsvpc: bool = False
    started_by: str = ""
    pending: int = 0  # of count: placed, not running yet
    stopping: int = 0  # besides count: told to stop, not gone yet

    @property
    def revision(self) -> int:
        """The revision of the task definition."""
        return 1 + int(draw("revision", self.name) * 40)

    def starter(self) -> str:
        """Return startedBy; a service's tasks are started by its deployment."""
        return self.started_by or "ecs-svc/" + str(int(digest(15, "deployment", self.name), 16))


@dataclass(frozen=True)
class Task:
    """One task on one instance."""

    key: tuple[str, int]
    family: Family
    desired: str
    last: str
    created_at: datetime
    gpus: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return digest(32, "task", self.key)

    @property
    def has_started(self) -> bool:
        """Whether the agent has started it."""
        return self.last != "PENDING"


def ec2_linux(host: Host) -> bool:
    """Tell whether an instance is an ordinary Linux instance."""
    return host.kind is not None and host.is_linux


def live(*stacks: str) -> Callable[[Host], bool]:
    """Return the rule for Linux instances without GPU in these stacks."""
    return lambda host: ec2_linux(host) and not host.gpus and host.stack in stacks


def of_type(*names: str) -> Callable[[Host], bool]:
    """Return the rule for Linux instances of these types."""
    return lambda host: ec2_linux(host) and host.type_name in names


FAMILIES = (
    Family(
        "edge", "service:edge", 14, 512, 512, "envoyproxy/envoy:v1.33.0",
        of_type("c5.2xlarge", "c7g.xlarge"),
        ports=(Port(8080, 80), Port(8443, 443), Port(8443, 443, "udp")),
    ),
    Family(
        "statsd", "service:statsd", 22, 64, 128, "statsd/statsd:v0.10.2",
        of_type("c5.xlarge", "m5.large"), ports=(Port(8125, 8125, "udp"),),
    ),
    Family(
        "postgres", "database", 9, 4096, 32768, "postgres:16.8", of_type("r5.2xlarge"),
        ports=(Port(5432, 5432),), started_by="db-operator",
    ),
    Family(
        "cache", "service:cache", 16, 1024, 6144, "redis:7.4.2",
        of_type("m6g.large", "m5.xlarge", "r5.2xlarge"), ports=(Port(6379, 6379),), stopping=1,
    ),
    Family(
        "infer", "service:infer", 17, 2048, 8192, "example/infer:3.1.0",
        lambda host: bool(host.gpus), ports=(Port(8500),), gpus=1,
    ),
    Family(
        "api", "service:api", 60, 512, 1024, "example/api:2.8.1", live("prod"),
        ports=(Port(8080),), awsvpc=True, stopping=3,
    ),
    Family(
        "web", "service:web", 66, 256, 512, "nginx:1.27.4", live("prod", "staging"),
        ports=(Port(80),), pending=3, stopping=2,
    ),
    Family(
        "worker", "service:worker", 56, 1024, 1536, "example/worker:2.8.1", ec2_linux,
        pending=4, stopping=3,
    ),
    Family("noisy", "service:noisy", 11, 768, 1024, "example/noisy:0.9.0", live("dev", "staging")),
    Family(
        "migrate", "family:migrate", 3, 256, 512, "example/api:2.8.1", live("staging", "dev"),
        started_by="ci-pipeline",
    ),
    Family(
        "report", "family:report", 6, 2048, 3072, "example/report:1.4.0", live("prod"),
        started_by="events-rule/nightly-report",
    ),
    Family(
        "legacy-iis", "service:legacy-iis", 2, 1024, 4096,
        "mcr.microsoft.com/windows/servercore/iis", lambda host: not host.is_linux,
        ports=(Port(80, 80),),
    ),
    Family(
        "plant-gateway", "service:plant-gateway", 3, 512, 1024, "example/gateway:1.2.0",
        lambda host: host.kind is None, ports=(Port(1883, 1883),),
    ),
)  # fmt: skip


def run_tasks(hosts: Sequence[Host]) -> None:
    """Put every family's tasks on the instances, those with the narrowest rules first."""
    for family in FAMILIES:
        for number in range(family.count):
            last = "PENDING" if number < family.pending else "RUNNING"
            place(hosts, family, number, last)
        for number in range(family.count, family.count + family.stopping):
            stop_one(hosts, family, number)


def place(hosts: Sequence[Host], family: Family, number: int, last: str) -> None:
    """Start one task on an instance that has room; a lost agent starts nothing new."""
    able = [host for host in hosts if family.suits(host) and host.has_room(family)]
    if last == "PENDING":
        able = [host for host in able if host.connected and not host.draining]
    host = pick(able, "place", family.name, number)
    gpus = tuple(host.free_gpus()[: family.gpus])
    when = created(host, family, number, last)
    host.tasks.append(Task((family.name, number), family, "RUNNING", last, when, gpus))


def stop_one(hosts: Sequence[Host], family: Family, number: int) -> None:
    """Leave one task on its way out, on a draining instance where there is one."""
    able = [host for host in hosts if family.suits(host) and host.connected]
    host = pick([host for host in able if host.draining] or able, "stop", family.name, number)
    states = ("RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING")
    last = pick(states if family.awsvpc else ("RUNNING", "STOPPING"), "last", family.name, number)
    when = created(host, family, number, last)
    host.tasks.append(Task((family.name, number), family, "STOPPED", last, when))


def created(host: Host, family: Family, number: int, last: str) -> datetime:
    """Return when a task was created; the last minute belongs to those that have not started."""
    start = max(host.registered_at, NOW - timedelta(days=45))
    end = NOW - timedelta(minutes=10)
    if last == "PENDING":
        start, end = NOW - timedelta(seconds=50), NOW
    return moment_between(start, end, "created", family.name, number)


# --- attributes ------------------------------------------------------------------------------

API_LEVELS = tuple(range(17, 33))
RETIRED_API_LEVELS = (26, 27, 31)  # newer agents leave these out, to keep the registration small
# Names below ecs.capability, with the first agent that has them where older ones have not.
EVERYWHERE = """
private-registry-authentication.secretsmanager
secrets.asm.environment-variables
secrets.asm.bootstrap.log-driver
secrets.ssm.environment-variables
secrets.ssm.bootstrap.log-driver
ecr-endpoint
container-ordering
full-sync
env-files.s3
network.container-port-range
container-restart-policy 1.86.0
execution-role-ecr-pull
container-health-check
execute-command
"""
ON_LINUX = """
execution-role-awslogs
task-cpu-mem-limit
increased-task-cpu-limit 1.79.0
pid-ipc-namespace-sharing
docker-plugin.local
docker-plugin.amazon-ecs-volume-plugin
efs
efsAuth
firelens.fluentd
firelens.fluentbit
firelens.non-root-user 1.102.0
firelens.options.config.file
firelens.options.config.s3
logging-driver.awsfirelens.log-driver-buffer-limit
"""
ON_EC2_LINUX = """
aws-appmesh
task-eia
task-eia.optimized-cpu
task-eni
task-eni.ipv6
task-eni-trunking
service-connect-v1
storage.ebs-task-volume-attach 1.79.0
fault-injection 1.89.0
"""
ON_WINDOWS = """
fsxWindowsFileServer
storage.ebs-task-volume-attach 1.79.0
"""
LINUX_DRIVERS = ("json-file", "syslog", "awslogs", "fluentd", "none", "awsfirelens")
WINDOWS_DRIVERS = ("json-file", "none", "awslogs")


def attributes(host: Host) -> list[Json]:
    """Return all attributes in one order: built in, of the agent, custom."""
    pairs = [*built_in(host), *capabilities(host), *host.custom.items()]
    return [{"name": name} if value is None else named(name, value) for name, value in pairs]


def named(name: str, value: str) -> Json:
    """Return a name with its value, as attributes and details of attachments have them."""
    return {"name": name, "value": value}


def built_in(host: Host) -> Iterator[tuple[str, str | None]]:
    """What ECS itself adds; an external instance is not in EC2 and lacks most of it."""
    if host.zone:
        yield "ecs.ami-id", "ami-0" + digest(16, "ami", image_of(host))
        yield "ecs.availability-zone", host.zone
        yield "ecs.instance-type", host.type_name
        yield "ecs.vpc-id", "vpc-0" + digest(16, "vpc")
        yield "ecs.subnet-id", host.subnet
    yield "ecs.os-type", "linux" if host.is_linux else "windows"
    yield "ecs.os-family", host.os_family
    yield "ecs.cpu-architecture", host.arch
    if host.trunk:
        yield "ecs.awsvpc-trunk-id", "eni-0" + digest(16, "trunk", host.number)


def image_of(host: Host) -> tuple[str, ...]:
    """Return what tells AMIs apart: release, system, CPU, and the accelerator it is made for."""
    gpu = "gpu" if host.gpus else "inf" if host.type_name.startswith("inf") else ""
    return (host.release.agent, host.os_family, host.arch, gpu)


def capabilities(host: Host) -> Iterator[tuple[str, str | None]]:
    """What the agent registers, nearly all of it names without a value."""
    for line in (EVERYWHERE + kind_of_capabilities(host)).split("\n"):
        name, _, first = line.partition(" ")
        if name and host.release.at_least(first or "0"):
            yield "ecs.capability." + name, None
    if ec2_linux(host):
        month = host.release.cni
        yield "ecs.capability.cni-plugin-version", f"{digest(8, 'cni', month)}-{month}"
        yield "ecs.capability.branch-cni-plugin-version", f"{digest(8, 'branch', month)}-"
    if host.gpus:
        yield f"ecs.capability.nvidia-driver-version.{host.release.driver}", None
        if host.release.at_least("1.94.0"):
            yield "ecs.capability.gpu-driver-version", host.release.driver
    for name in docker_capabilities(host):
        yield "com.amazonaws.ecs.capability." + name, None


def kind_of_capabilities(host: Host) -> str:
    """Return the capabilities that depend on system and place."""
    if not host.is_linux:
        return ON_WINDOWS
    return ON_LINUX + (ON_EC2_LINUX if host.kind else "external")


def docker_capabilities(host: Host) -> Iterator[str]:
    """The older names, about Docker and IAM roles."""
    retired = RETIRED_API_LEVELS if host.release.at_least("1.94.0") else ()
    for level in API_LEVELS:
        if level not in retired and (host.is_linux or level >= 24):
            yield f"docker-remote-api.1.{level}"
    for driver in LINUX_DRIVERS if host.is_linux else WINDOWS_DRIVERS:
        yield "logging-driver." + driver
    yield from ("ecr-auth", "task-iam-role")
    if host.is_linux:
        yield from ("task-iam-role-network-host", "privileged-container")


# --- documents -------------------------------------------------------------------------------


def arn(kind: str, *parts: object) -> str:
    """Return an ARN of the long form."""
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:{kind}/" + "/".join(map(str, parts))


def instance_document(host: Host) -> Json:
    """Return an instance as describe-container-instances prints it."""
    return {
        "containerInstanceArn": arn("container-instance", CLUSTER, host.id),
        "ec2InstanceId": host.ec2_id,
        **capacity_provider(host),
        "version": 3 + int(draw("version", host.number) * 900) + len(host.tasks),
        "versionInfo": {
            "agentVersion": host.release.agent,
            "agentHash": digest(8, "agent", host.release.agent),
            "dockerVersion": "DockerVersion: " + host.release.docker,
        },
        "remainingResources": remaining(host),
        "registeredResources": registered(host),
        "status": "DRAINING" if host.draining else "ACTIVE",
        "agentConnected": host.connected,
        "runningTasksCount": len(host.holding),
        "pendingTasksCount": sum(task.last == "PENDING" for task in host.holding),
        **agent_update(host),
        "attributes": attributes(host),
        "registeredAt": stamp(host.registered_at),
        "attachments": [],
        "tags": tags(host),
    }


def capacity_provider(host: Host) -> Json:
    """Return the field that only instances of a capacity provider have."""
    if not ec2_linux(host) or draw("provider", host.number) < 0.5:
        return {}
    return {"capacityProviderName": pick(("prod-on-demand", "prod-spot"), "spot", host.number)}


def agent_update(host: Host) -> Json:
    """Return the field that is there once an update of the agent was asked for."""
    status = AGENT_UPDATES.get(host.number)
    return {"agentUpdateStatus": status} if status else {}


def tags(host: Host) -> list[Json]:
    """Return the tags, which constraints cannot see; most instances have none."""
    if draw("tagged", host.number) < 0.7:
        return []
    return [{"key": "cost-centre", "value": pick(("CC-1200", "CC-4711"), "cost", host.number)}]


def registered(host: Host) -> list[Json]:
    """Return all that the instance has."""
    sets = {"PORTS": host.reserved, "PORTS_UDP": (), "GPU": host.gpus}
    return resources(host, {"CPU": host.cpu, "MEMORY": host.memory}, sets)


def remaining(host: Host) -> list[Json]:
    """Return what is left; of ports ECS lists the taken ones, of GPUs the free ones."""
    sets = {
        "PORTS": [*host.reserved, *host.held_ports("tcp")],
        "PORTS_UDP": host.held_ports("udp"),
        "GPU": host.free_gpus(),
    }
    return resources(host, {"CPU": host.free_cpu(), "MEMORY": host.free_memory()}, sets)


def resources(host: Host, amounts: dict[str, int], sets: Mapping[str, Sequence[str]]) -> list[Json]:
    """Return resources in ECS's order; only instances with GPUs have that entry."""
    found = [resource(name, "INTEGER", amount) for name, amount in amounts.items()]
    for name, values in sets.items():
        if name != "GPU" or host.gpus:
            found.append({**resource(name, "STRINGSET"), "stringSetValue": list(values)})
    return found


def resource(name: str, kind: str, value: int = 0) -> Json:
    """Return one resource; the CLI prints a zero for each number type that is not used."""
    zeros = {"doubleValue": 0.0, "longValue": 0}
    return {"name": name, "type": kind, **zeros, "integerValue": value}


def task_document(host: Host, task: Task) -> Json:
    """Return a task as describe-tasks prints it: fields in alphabetical order."""
    family = task.family
    document: Json = {
        "attachments": [attachment(host, task)] if family.awsvpc else [],
        "attributes": [named("ecs.cpu-architecture", host.arch)],
        "availabilityZone": host.zone,
        "clusterArn": arn("cluster", CLUSTER),
        "containerInstanceArn": arn("container-instance", CLUSTER, host.id),
        "containers": [container(host, task)],
        "cpu": str(family.cpu),
        "createdAt": stamp(task.created_at),
        "desiredStatus": task.desired,
        "enableExecuteCommand": False,
        "group": family.group,
        "healthStatus": "UNKNOWN",
        "lastStatus": task.last,
        "launchType": "EC2" if host.kind else "EXTERNAL",
        "memory": str(family.memory),
        "overrides": {
            "containerOverrides": [{"name": family.name}],
            "inferenceAcceleratorOverrides": [],
        },
        "startedBy": family.starter(),
        "tags": [],
        "taskArn": arn("task", CLUSTER, task.id),
        "taskDefinitionArn": f"{arn('task-definition', family.name)}:{family.revision}",
        "version": 1 + task.has_started * 2 + (task.desired == "STOPPED"),
        **progress(host, task),
        **stopping(task),
    }
    if host.zone is None:
        del document["availabilityZone"]
    return dict(sorted(document.items()))


def progress(host: Host, task: Task) -> Json:
    """Return the fields that a task gains when the agent has started it."""
    if not task.has_started:
        return {}
    return {
        "connectivity": "CONNECTED" if host.connected else "DISCONNECTED",
        "connectivityAt": stamp(task.created_at),
        "startedAt": stamp(task.created_at + timedelta(seconds=4 + 20 * draw("pull", task.key))),
    }


def stopping(task: Task) -> Json:
    """Return the fields that a task gains when it is told to stop."""
    if task.desired != "STOPPED":
        return {}
    deployment = task.family.starter()
    return {
        "stopCode": "ServiceSchedulerInitiated",
        "stoppedReason": f"Scaling activity initiated by (deployment {deployment})",
        "stoppingAt": stamp(NOW - timedelta(seconds=90 * draw("stopping", task.key))),
    }


def container(host: Host, task: Task) -> Json:
    """Return the task's one container."""
    family = task.family
    found: Json = {
        "containerArn": arn("container", CLUSTER, task.id, uuid("container", task.key)),
        "taskArn": arn("task", CLUSTER, task.id),
        "name": family.name,
        "image": family.image,
        "runtimeId": digest(64, "runtime", task.key),
        "lastStatus": "STOPPED" if task.last == "DEPROVISIONING" else "RUNNING",
        "networkBindings": bindings(host, task),
        "networkInterfaces": interfaces(host, task),
        "healthStatus": "UNKNOWN",
        "cpu": str(family.cpu),
        "memory": str(family.memory),
    }
    if task.gpus:
        found["gpuIds"] = list(task.gpus)
    if not task.has_started:
        del found["runtimeId"]
        found["lastStatus"] = "PENDING"
    return found


def bindings(host: Host, task: Task) -> list[Json]:
    """Return the bound host ports, the dynamic ones from the ephemeral range; awsvpc has none."""
    if task.family.awsvpc or not task.has_started:
        return []
    dynamic = 32768 + host.tasks.index(task)
    return [
        {
            "bindIP": "0.0.0.0",
            "containerPort": port.container,
            "hostPort": port.host or dynamic,
            "protocol": port.protocol,
        }
        for port in task.family.ports
    ]


def interfaces(host: Host, task: Task) -> list[Json]:
    """Return the network interfaces of an awsvpc task's container."""
    if not task.family.awsvpc:
        return []
    return [
        {
            "attachmentId": uuid("attachment", task.key),
            "privateIpv4Address": address(host, task),
        }
    ]


def attachment(host: Host, task: Task) -> Json:
    """Return the elastic network interface of an awsvpc task."""
    mac = digest(10, "mac", task.key)
    ip = address(host, task)
    return {
        "id": uuid("attachment", task.key),
        "type": "ElasticNetworkInterface",
        "status": "DETACHED" if task.last == "DEPROVISIONING" else "ATTACHED",
        "details": [
            named("subnetId", host.subnet),
            named("networkInterfaceId", "eni-0" + digest(16, "eni", task.key)),
            named("macAddress", ":".join(("0a", *(mac[n : n + 2] for n in range(0, 10, 2))))),
            named("privateDnsName", f"ip-{ip.replace('.', '-')}.ec2.internal"),
            named("privateIPv4Address", ip),
        ],
    }


def address(host: Host, task: Task) -> str:
    """Return an address of the subnet; two subnets of 256 addresses in each zone."""
    zone = "abcd".index((host.zone or "a")[-1])
    return f"10.0.{2 * zone + host.number % 2}.{10 + task.key[1] % 240}"


# --- files -----------------------------------------------------------------------------------


def lines_of(name: str, documents: Iterable[Json]) -> str:
    """Return one document with a list, one item to a line: small, and git shows what changed."""
    rows = ",\n".join(json.dumps(document, separators=(",", ":")) for document in documents)
    return f'{{"{name}":[\n{rows}\n],"failures":[]}}\n'


def make_documents(types: dict[str, InstanceType]) -> dict[str, str]:
    """Return the text of every file by its name.

    Both lists are in the order of their ids, which is no order at all, as the list calls of ECS
    give them.
    """
    hosts = sorted(make_fleet(types), key=lambda host: host.id)
    run_tasks(hosts)
    tasks = [(host, task) for host in hosts for task in host.tasks]
    tasks.sort(key=lambda pair: pair[1].id)
    return {
        "cluster.json": lines_of("containerInstances", map(instance_document, hosts)),
        "tasks.json": lines_of("tasks", (task_document(host, task) for host, task in tasks)),
    }


def main() -> None:
    """Read the table, write the documents."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--instance-types", type=Path, default=HERE / "instance_types.csv")
    parser.add_argument("--output", type=Path, default=HERE, help="folder to write into")
    options = parser.parse_args()
    for name, text in make_documents(read_types(options.instance_types)).items():
        (options.output / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
