"""Image references: which registry an image comes from (section 8).

In: the text of ``image`` in a container definition.  Out: its parts and the kind of its registry,
or ``DocumentError``; and the attributes that an instance needs to pull it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable

import attrs

from placement.errors import DocumentError, describe_value

__all__ = ["ImageReference", "Registry", "parse_image"]

DOCKER_HUB = "docker.io"
"""How Docker Hub is called here, whichever of its names an image has."""

DOCKER_HUB_HOSTS = ("docker.io", "index.docker.io", "registry-1.docker.io")

ECR_PUBLIC = "public.ecr.aws"

ECR_SUFFIXES = ("amazonaws.com", "amazonaws.com.cn", "on.aws")
"""What ECR's hosts end with; isolated partitions have others (A68)."""

ECR_AUTH = "com.amazonaws.ecs.capability.ecr-auth"
ECR_PULL = "ecs.capability.execution-role-ecr-pull"

MAX_LENGTH = 255
"""Characters of an image; a digest, after an @, does not count (the API on ``image``)."""

_TEMPLATE = re.compile(r"\$\{|\$\(|\$[A-Za-z_]|\{\{|<[^>]*>|%[a-zA-Z_(]")
_CHARACTERS = re.compile(r"[A-Za-z0-9_:./#@-]+")
_DIGEST = re.compile(r"[A-Za-z0-9]+(?:[+._-][A-Za-z0-9]+)*:[0-9A-Fa-f]+")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.#-]{0,127}")
_SHA256 = re.compile(r"sha256:[0-9A-Fa-f]{64}")


class Registry(enum.StrEnum):
    """Kinds of registries, as placement tells them apart."""

    DOCKER_HUB = "docker-hub"
    ECR = "ecr"
    ECR_PUBLIC = "ecr-public"
    OTHER = "other"
    UNRESOLVED = "unresolved"


@attrs.frozen(kw_only=True)
class ImageReference:
    """An image and where it comes from.

    Attributes:
        registry: The host, with its port if it has one; ``docker.io`` for Docker Hub; empty for an
            unresolved template.
        repository: The path in the registry; ``library/NAME`` for Docker Hub's official images.
        tag: None beside a digest if none was given; ``latest`` without either.
        digest: ``sha256:…``, None if there is none.
        kind: What sort of registry it is.
    """

    registry: str
    repository: str
    tag: str | None
    digest: str | None
    kind: Registry

    def required_attributes(self, *, execution_role: bool = False) -> tuple[str, ...]:
        """Return what an instance must have to pull the image (sections 3 and 8, A68, A69).

        Only private ECR asks for something; with an execution role also that the agent takes it.
        """
        if self.kind is not Registry.ECR:
            return ()
        return (ECR_AUTH, ECR_PULL) if execution_role else (ECR_AUTH,)

    def __str__(self) -> str:
        where = f"{self.registry}/" if self.registry else ""
        tag = f":{self.tag}" if self.tag is not None else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{where}{self.repository}{tag}{digest}"


def parse_image(text: str, extra_suffixes: Iterable[str] = ()) -> ImageReference:
    """Return the parts of an image reference, by Docker's rules.

    Args:
        text: Such as ``ubuntu``, ``org/name:1``, ``quay.io/org/name@sha256:…``.
        extra_suffixes: What hosts of private ECR registries may end with besides those of the
            public partitions, such as ``c2s.ic.gov`` (A68).

    Text with something a tool would have replaced (``${IMAGE}``) is of kind ``unresolved``.

    Raises:
        DocumentError: the text is no image reference that ECS takes; the path is ``image``.
    """
    if not isinstance(text, str) or not text:
        raise DocumentError(
            f"expected an image such as org/name:tag, not {describe_value(text)}", "image"
        )
    if _TEMPLATE.search(text):
        return ImageReference(
            registry="", repository=text, tag=None, digest=None, kind=Registry.UNRESOLVED
        )
    if not _CHARACTERS.fullmatch(text):
        message = f"expected letters, digits and - _ : . / # @ only, not {describe_value(text)}"
        raise DocumentError(message, "image")
    name, digest = _cut(text, "@")
    if len(name) > MAX_LENGTH:
        message = f"expected at most {MAX_LENGTH} characters, not {len(name)}"
        raise DocumentError(message, "image")
    if digest is not None:
        _check_digest(digest, text)
    host, path = _host(name)
    head, slash, last = path.rpartition("/")
    last, tag = _cut(last, ":")
    repository = f"{head}{slash}{last}"
    if not all(repository.split("/")) or (tag is not None and not _TAG.fullmatch(tag)):
        raise DocumentError(
            f"expected an image such as org/name:tag, not {describe_value(text)}", "image"
        )
    kind = _kind(host, tuple(extra_suffixes))
    if kind is Registry.DOCKER_HUB:
        host = DOCKER_HUB
        repository = repository if "/" in repository else f"library/{repository}"
    if tag is None and digest is None:
        tag = "latest"
    return ImageReference(registry=host, repository=repository, tag=tag, digest=digest, kind=kind)


def _cut(text: str, mark: str) -> tuple[str, str | None]:
    """Return what precedes the first mark, and what follows it; None without a mark."""
    head, found, tail = text.partition(mark)
    return head, tail if found else None


def _check_digest(digest: str, text: str) -> None:
    wrong = not _DIGEST.fullmatch(digest)
    if wrong or (digest.startswith("sha256:") and not _SHA256.fullmatch(digest)):
        message = (
            f"expected a digest such as sha256: and 64 hexadecimal digits in {describe_value(text)}"
        )
        raise DocumentError(message, "image")


def _host(name: str) -> tuple[str, str]:
    """Return the registry and the rest; the first component is one if it looks like a host."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return DOCKER_HUB, name


def _kind(host: str, extra_suffixes: tuple[str, ...]) -> Registry:
    if host in DOCKER_HUB_HOSTS:
        return Registry.DOCKER_HUB
    if host == ECR_PUBLIC:  # A69: not private, no ecr-auth
        return Registry.ECR_PUBLIC
    suffixes = "|".join(re.escape(suffix) for suffix in (*ECR_SUFFIXES, *extra_suffixes))
    if re.fullmatch(rf"[0-9]{{12}}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.({suffixes})", host):
        return Registry.ECR
    return Registry.OTHER
