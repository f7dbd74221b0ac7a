"""A warning about a service, and the codes that warnings have.

In: nothing.  Out: ``ServiceLint`` and ``CODES``.  Which warnings there are about a service, the
rules decide.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from placement.errors import sanitize

__all__ = ["CODES", "Lints", "ServiceLint", "counted"]

CODES: dict[str, str] = {
    "blocking-percents": "no deployment can start or stop a task at this desired count (S4.7)",
    "rebalancing-blocked": "zone rebalancing may start no task beyond the desired count (S8.4)",
    "rebalancing-ineligible": "a setting of the service excludes zone rebalancing (S8.4)",
    "percents-ignored": "the strategy does not read the percents (D46)",
    "detector-off": "a rollback is configured for a detector that is not enabled (S5)",
    "alarm-in-alarm": "an alarm is in ALARM, so that alarms are ignored (D36)",
    "hooks-ignored": "a rolling deployment has no stages at which hooks run (S6.1)",
    "hook-without-function": "nobody registered the function: it answers SUCCEEDED (C44)",
    "controller-not-run": "the model starts no tasks under this controller (D8)",
    "not-modelled": "the setting is stored and changes nothing in the model (C48)",
    "classic-load-balancer": "Classic Load Balancers take away other features (D18)",
    "grace-too-short": "targets are judged before the container has started (S9.7)",
    "grace-ignored": "nothing checks the tasks, so that there is no grace (S2.1)",
    "static-ports": "too few instances for tasks that need the same host port (2.3)",
    "one-per-instance": "too few instances for distinctInstance or AtMost (2.6, C38)",
    "neuron-devices-unchecked": "instances report no Neuron devices: not checked there (B44)",
    "one-zone": "all instances or subnets that qualify are in one zone (A53)",
    "zone-order": "the strategy spreads over zones only after another criterion (2.9)",
    "strategy-ignored": "a strategy comes after one that leaves nothing to decide (2.9)",
    "unregistered-subnet": "the zone of the subnet is a guess (C46)",
    "no-instance-qualifies": "no instance would do, even if it were empty",
    "no-room": "there is no room for the tasks that a deployment needs (S4.1, D46)",
    "full-hosts": "stopping tasks block new ones, since hosts are full (D68, D111)",
    "daemon-without-room": "the daemon has no room on instances that it should run on (A45)",
    "provider-weight-zero": "a provider gets no tasks: the default weight is 0 (A54)",
    "provider-without-instances": "tasks wait for a provider that has no instance (S8.3)",
    "incomplete-dump": "documents name what none describes: it is a guess, or left alone (C50)",
    "definition-refused": (
        "the revision is older than a rule: it runs, and cannot be registered (B45)"
    ),
    "unknown-task-definition": "the task definition is not known: what it decides is not checked",
}
"""The codes, which stay the same from version to version, and what they mean.

An expression of ``placementConstraints`` has the codes of ``placement.lint`` besides.
"""


@attrs.frozen
class ServiceLint:
    """A warning about a service.

    Attributes:
        code: One of ``CODES``, or for an expression one of ``placement.lint``.
        path: Where in the definition, such as ``deploymentConfiguration.maximumPercent``; empty for
            the whole.
        message: What is wrong, a sentence without full stop.
        advice: What helps; empty where only the operator can know.
    """

    code: str
    path: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        head = f"{self.path}: " if self.path else ""
        advice = f" (helps: {self.advice})" if self.advice else ""
        return sanitize(f"{head}{self.message}{advice} [{self.code}]")


Lints = Iterator[ServiceLint]


def counted(number: int) -> str:
    """Return a number of tasks in words: ``1 task``, ``2 tasks``."""
    return f"{number} task{'' if number == 1 else 's'}"
