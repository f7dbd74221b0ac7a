"""Documents as objects of our own: times are datetimes, nulls are gone, each record once (C31).

In: what the AWS CLI or boto3 printed, or what ``write`` wrote, and perhaps a cluster's name.  Out:
``Description``: records by list and by cluster, each with its path.  Knows which fields name a
record, its cluster, and a time; whether a record is right is found out by those who read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from placement.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, REGION, is_region
from placement.documents.dump import SESSION_LISTS, split_session
from placement.documents.fields import MAX_DEPTH, moment, type_name
from placement.documents.problems import Problems
from placement.documents.records import Record, once
from placement.errors import DocumentError, UsageError, describe_value
from placement.timestamps import microseconds

__all__ = ["EARLIEST", "KEPT", "Description", "Lists", "read_description"]

KEPT = (
    "CompositeAlarms",
    "LogAlarms",
)
"""Lists that nothing here reads: they are kept, and written as they came (C48)."""

OF_CLUSTERS = (
    "clusters",
    "containerInstances",
    "tasks",
    "protectedTasks",
    "services",
    "serviceDeployments",
    "serviceRevisions",
    "daemons",
    "daemonDeployments",
    "daemonRevisions",
)
"""Lists whose records belong to a cluster."""

TIMES = re.compile(
    r"(?:containerInstances|taskDefinitions|tasks|protectedTasks)\[\d+\](?:\.containers\[\d+\]"
    r"\.managedAgents\[\d+\])?\.(?:registered|deregistered|created|started|stopped|stopping|"
    r"executionStopped|pullStarted|pullStopped|connectivity|lastStarted)At"
    r"|protectedTasks\[\d+\]\.expirationDate"
    r"|services\[\d+\](?:\.(?:deployments|taskSets|events)\[\d+\])?"
    r"\.(?:created|updated|stabilityStatus)At"
    r"|serviceDeployments\[\d+\](?:\.rollback|\.lifecycleHookDetails\[\d+\])?"
    r"\.(?:created|started|finished|stopped|updated|expires)At"
    r"|(?:service|daemon)Revisions\[\d+\]\.createdAt"
    r"|daemonTaskDefinitions\[\d+\]\.(?:registered|deleteRequested)At"
    r"|daemons\[\d+\]\.(?:created|updated)At"
    r"|daemonDeployments\[\d+\](?:\.rollback)?\.(?:created|started|finished|stopped)At"
    r"|(?:LoadBalancers|AutoScalingGroups)\[\d+\]\.CreatedTime"
    r"|Activities\[\d+\]\.(?:Start|End)Time"
    r"|(?:ScalableTargets|ScalingPolicies|ScheduledActions)\[\d+\]\.CreationTime"
    r"|ScheduledActions\[\d+\]\.(?:Start|End)Time"
    r"|MetricAlarms\[\d+\]\.(?:AlarmConfigurationUpdated|StateUpdated|StateTransitioned)Timestamp"
)
"""Where the documents have times."""

_LAST = ("At", "Date", "CreatedTime", "CreationTime", "StartTime", "EndTime", "Timestamp")
"""What names of times end with; a quick test before ``TIMES``."""

_PAST = re.compile(r".*At|CreationTime|CreatedTime|.*Timestamp")
_FUTURE = ("expiresAt",)
"""Names of times that tell of something past, and of one that does not (C50)."""

EARLIEST = datetime.min.replace(tzinfo=UTC)
"""Sorts records without a time before all others."""

_ARN = re.compile(rf"arn:[a-z-]+:[a-z0-9-]+:({REGION}):([0-9]{{12}}):")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_IN_CLUSTER = re.compile(
    r":(?:container-instance|task|(?:service|daemon)(?:-deployment|-revision)?)/([^/]+)/[^/]+"
)


Lists = dict[str, list[Record]]
"""Records by the names of ``SESSION_LISTS``."""


@attrs.frozen(eq=False)
class Description:
    """What documents say of an account.

    Attributes:
        region: The region of the ARNs, ``us-east-1`` where there are none.
        account_id: The account of the ARNs.
        clusters: The lists of ``OF_CLUSTERS`` of each cluster, by its name.
        lists: The other lists.
        state: ``placementState``; empty: there is none.
        newest: The newest moment that tells of something past; None: there is none (C50).
    """

    region: str
    account_id: str
    clusters: Mapping[str, Lists]
    lists: Lists
    state: Mapping[str, Any]
    newest: int | None


def read_description(document: Any, cluster: str | None, problems: Problems) -> Description:
    """Return what documents say.

    Args:
        document: What ``Session.from_ecs`` takes.
        cluster: The cluster to load, to which the records belong that name none; None: all that
            the documents name.
        problems: Takes records that cannot be read.

    Raises:
        DocumentError: something is no object of JSON, the documents are of two accounts or
            regions, or of several clusters and a record names none.
        UsageError: ``cluster`` is no name of a cluster, or no document is of it.
    """
    if cluster is not None and not (isinstance(cluster, str) and _NAME.fullmatch(cluster)):
        raise UsageError(f"cluster is the name of a cluster, not {describe_value(cluster)}")
    dump, state = split_session(document)
    reader = _Reader(problems)
    lists = {name: reader.records(dump.elements(name), name) for name in SESSION_LISTS}
    own_state = reader.plain(state, "placementState")
    region, account_id = _home(lists, own_state)
    lists = {
        name: records if name in KEPT else once(name, records, problems)
        for name, records in lists.items()
    }
    clusters = _by_cluster(lists, cluster, problems)
    others = {name: records for name, records in lists.items() if name not in OF_CLUSTERS}
    return Description(region, account_id, clusters, others, own_state, reader.newest)


class _Reader:
    """Makes objects of our own, and notes the newest moment that tells of something past."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.newest: int | None = None

    def records(self, documents: Iterable[Any], name: str) -> list[Record]:
        found = []
        for number, document in enumerate(documents):
            path = f"{name}[{number}]"
            with self._problems.of_record(path):
                if not isinstance(document, Mapping):
                    raise DocumentError(f"expected an object, not {type_name(document)}", path)
                found.append(Record(path, self.plain(document, path)))
        return found

    def plain(self, value: Any, path: str, depth: int = 0) -> Any:
        """Return a copy of a value of JSON in Python's own types.

        Raises:
            DocumentError: it is none, or nested too deeply.
        """
        if depth > MAX_DEPTH:
            raise DocumentError("nested too deeply", path)
        if isinstance(value, Mapping):
            if not all(isinstance(key, str) for key in value):
                raise DocumentError("expected names that are texts", path)
            return {
                key: self._member(key, item, f"{path}.{key}", depth + 1)
                for key, item in value.items()
                if item is not None
            }
        if isinstance(value, (list, tuple)):
            items = enumerate(value)
            return [self.plain(item, f"{path}[{place}]", depth + 1) for place, item in items]
        if isinstance(value, (str, int, float, datetime)) or value is None:
            return value
        raise DocumentError(f"expected a value of JSON, not {type_name(value)}", path)

    def _member(self, name: str, value: Any, path: str, depth: int) -> Any:
        if not name.endswith(_LAST) or isinstance(value, (Mapping, list, tuple)):
            is_time = name.endswith(_LAST) and TIMES.fullmatch(path) is not None
            if not is_time:
                return self.plain(value, path, depth)
        if TIMES.fullmatch(path):
            found = moment(value, path)
            if found is not None and name not in _FUTURE and _PAST.fullmatch(name):
                self._note(found)
            return found
        found = self.plain(value, path, depth)
        if path.startswith(KEPT) and _PAST.fullmatch(name) and name not in _FUTURE:
            try:
                known = moment(found, path)
            except DocumentError:
                return found  # nothing reads it: it may be anything
            if known is not None:
                self._note(known)
        return found

    def _note(self, when: datetime) -> None:
        number = microseconds(when)
        if self.newest is None or number > self.newest:
            self.newest = number


# Whose they are


def _home(lists: Lists, state: Mapping[str, Any]) -> tuple[str, str]:
    """Return region and account of the ARNs; those of the state, or usual ones, without ARNs."""
    homes: dict[tuple[str, str], str] = {}
    for list_name, about in SESSION_LISTS.items():
        if about.arn is None or list_name in KEPT:
            continue
        for path, document in lists[list_name]:
            arn = document.get(about.arn)
            found = _ARN.match(arn) if isinstance(arn, str) else None
            if found is not None:
                homes.setdefault((found[1], found[2]), f"{path}.{about.arn}")
    if len(homes) > 1:
        (first, _), (other, path), *_ = homes.items()
        message = f"expected one account and region, {' '.join(first)}, not {' '.join(other)}"
        raise DocumentError(message, path)
    region, account = state.get("region", DEFAULT_REGION), state.get("account", DEFAULT_ACCOUNT)
    if not isinstance(region, str) or not is_region(region):
        raise DocumentError(f"expected a region, not {describe_value(region)}", "placementState")
    if not isinstance(account, str) or not re.fullmatch(r"[0-9]{12}", account):
        raise DocumentError(f"expected an account, not {describe_value(account)}", "placementState")
    return next(iter(homes), (region, account))


def _cluster_of(list_name: str, record: Record) -> str | None:
    """Return the name of a record's cluster, None if it does not say it.

    Raises:
        DocumentError: what names the cluster is no text, or two fields name two clusters.
    """
    path, document = record
    found: dict[str, str] = {}
    own = SESSION_LISTS[list_name].arn
    for name in (own, "taskArn", "containerInstanceArn", "serviceArn"):
        value = None if name is None else document.get(name)
        inside = _IN_CLUSTER.search(value) if isinstance(value, str) else None
        if inside is not None:
            found.setdefault(inside[1], f"{path}.{name}")
    for name in ("clusterArn", *(("clusterName",) if list_name == "clusters" else ())):
        value = document.get(name)
        if value is None:
            continue
        here = f"{path}.{name}"
        if not isinstance(value, str) or not _NAME.fullmatch(value.rpartition("/")[2]):
            raise DocumentError(f"expected the ARN of a cluster, not {describe_value(value)}", here)
        found.setdefault(value.rpartition("/")[2], here)
    if len(found) > 1:
        first, other, *_ = found
        message = f"expected one cluster, {first}, not also {describe_value(other)}"
        raise DocumentError(message, found[other])
    return next(iter(found), None)


def _by_cluster(lists: Lists, chosen: str | None, problems: Problems) -> dict[str, Lists]:
    """Return the records of each cluster; those that name none belong to ``chosen``."""
    named: dict[str | None, Lists] = {}
    for list_name in OF_CLUSTERS:
        for record in lists[list_name]:
            with problems.of_record(record.path):
                cluster = _cluster_of(list_name, record)
                of_cluster = named.setdefault(cluster, {name: [] for name in OF_CLUSTERS})
                of_cluster[list_name].append(record)
    nameless = named.pop(None, None)
    known = [name for name in named if name is not None]
    if chosen is None:
        if nameless is None or not known:
            chosen = known[0] if known else "default"
        elif len(known) == 1:
            chosen = known[0]
        else:
            path = next(record.path for records in nameless.values() for record in records)
            message = f"it names no cluster, and there are {', '.join(known)}: give cluster="
            raise DocumentError(message, path)
    elif known and chosen not in known and nameless is None:
        raise UsageError(f"the documents are of {', '.join(known)}: cluster {chosen} is not there")
    else:
        known = [name for name in known if name == chosen]
    names = known if chosen in known else [*known, chosen]
    empty: Lists = {name: [] for name in OF_CLUSTERS}
    return {name: _joined(named.get(name, empty), nameless, name == chosen) for name in names}


def _joined(own: Lists, nameless: Lists | None, is_chosen: bool) -> Lists:
    if nameless is None or not is_chosen:
        return own
    return {name: [*own[name], *nameless[name]] for name in OF_CLUSTERS}
