"""DescribeServiceRevisions (S3.2).

In: an account and the parameters of a call.  Out: documents of revisions; nothing changes.
"""

from __future__ import annotations

from placement.aws.client import FreshAnswer
from placement.ecs.calls.ecs.answers import failure
from placement.ecs.calls.ecs.checking import check_size, invalid
from placement.ecs.calls.ecs.services.answers import revision_answer
from placement.ecs.calls.ecs.services.resources import described_service_of
from placement.ecs.control.account import Account
from placement.ecs.control.records import Document
from placement.ecs.control.services.records import RevisionRecord, ServiceRecord

__all__ = ["describe_service_revisions"]

KIND = "service-revision"
MAX_DESCRIBED = 20


def describe_service_revisions(account: Account, parameters: Document) -> Document:
    """Describe revisions of one service by their ARNs; unknown ones are failures.

    Raises:
        InvalidParameterException: there are none or more than 20, or of two services.
        ServiceNotFoundException: the service is INACTIVE.
    """
    arns = list(dict.fromkeys(parameters["serviceRevisionArns"]))
    check_size(arns, "serviceRevisionArns", MAX_DESCRIBED)
    owners: set[int] = set()
    found, missing = [], []
    for arn in arns:
        service = described_service_of(account, KIND, arn)
        revision = None if service is None else _revision_of(service, arn)
        if service is None or revision is None:
            missing.append(failure(arn, "MISSING"))
            continue
        owners.add(service.number)
        found.append(revision_answer(service, revision))
    if len(owners) > 1:
        raise invalid("serviceRevisionArns must be revisions of one service.")
    return FreshAnswer(serviceRevisions=found, failures=missing)


def _revision_of(service: ServiceRecord, arn: str) -> RevisionRecord | None:
    return next((one for one in service.revisions if one.arn == arn), None)
