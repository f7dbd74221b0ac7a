"""Which part of the library may import which, and why: the tables themselves.

``tests/docs/test_layers.py`` holds the sources to them; ``write_architecture.py`` writes them into
``docs/architecture.md``.  A layer is a folder or a module directly under ``src/placement``.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CLI_PARTS", "ECS_ROOMS", "LAYERS", "LIBRARIES", "Layer", "Library"]


class Layer(NamedTuple):
    """A part of the library, and what it may import of the others.

    Attributes:
        about: What it is.
        imports: Names of the others that it may import.
        reason: Why no more.
    """

    about: str
    imports: tuple[str, ...]
    reason: str = ""


class Library(NamedTuple):
    """A library that is not Python's own.

    Attributes:
        layers: Which layers may import it.
        reason: Why, or why no others.
    """

    layers: tuple[str, ...]
    reason: str


LAYERS: dict[str, Layer] = {
    "errors": Layer(
        "exceptions, and how they show a place in a text",
        (),
        "every layer raises them",
    ),
    "timestamps": Layer(
        "points in time",
        (),
        "plain arithmetic",
    ),
    "arns": Layer(
        "regions, partitions and ARNs",
        (),
        "plain text",
    ),
    "extras": Layer(
        "advice to install what is left out",
        (),
        "plain text",
    ),
    "grammars": Layer(
        "grammars, and their parsers from tables made ahead",
        (),
        "which grammars there are, their readers know",
    ),
    "caches": Layer(
        "bounded caches",
        (),
        "plain dictionaries",
    ),
    "suggest": Layer(
        "the name that was probably meant",
        (),
        "plain text",
    ),
    "javaregex": Layer(
        "Java's patterns, on RE2 and on a kernel",
        ("errors", "grammars", "caches", "kernels"),
        "of use without the language: it knows no query",
    ),
    "kernels": Layer(
        "arrays to arrays; `fields` is the contract of the arrays",
        ("errors",),
        "bare arrays in and out; one warning is of `errors`",
    ),
    "lang": Layer(
        "text to program",
        ("errors", "suggest", "timestamps", "grammars", "javaregex"),
        "has never heard of clusters",
    ),
    "model": Layer(
        "the data classes a cluster is fed with",
        ("errors", "kernels"),
        "right by construction; bounds of counts are those of the arrays, in `kernels/fields.py`",
    ),
    "documents": Layer(
        "documents of the ECS API, read into data classes and written: one module a kind",
        ("errors", "timestamps", "arns", "extras", "model"),
        "the API's field names, and no columns",
    ),
    "machines": Layer(
        "EC2 types, interface limits, agent configuration, what is registered; their data",
        ("errors", "suggest", "arns", "model", "documents"),
        "what is registered, before any cluster has it",
    ),
    "state": Layer(
        "a cluster as columns",
        ("errors", "timestamps", "caches", "kernels", "model", "documents", "machines"),
        "no language, so that queries can change without it",
    ),
    "query": Layer(
        "a program meets a cluster",
        ("errors", "suggest", "timestamps", "caches", "kernels", "lang", "model", "state"),
        "the one place where language, state and kernels meet",
    ),
    "engine": Layer(
        "where tasks go",
        (
            *("errors", "timestamps", "caches", "kernels", "lang", "model", "documents"),
            *("state", "query"),
        ),
        "of documents only `Task.from_ecs` and whole clusters; no call of the API",
    ),
    "planning": Layer(
        "what a cluster holds, what still fits, how many more machines tasks need "
        "([page](planning.md))",
        ("errors", "arns", "kernels", "model", "machines", "state", "engine"),
        "asks the engine in trials; no document, no client",
    ),
    "timeline": Layer(
        "what is due when, and what happened: event queue and history",
        ("errors", "timestamps"),
        "knows no ECS: an entry is a moment, a place in the instant, and what",
    ),
    "services": Layer(
        "what a service does next, from counts: deployments of every strategy, failures, waits, "
        "daemons, zones",
        ("errors", "timestamps"),
        "values in, actions and results out: no document, no client, no clock, no cluster",
    ),
    "scaling": Layer(
        "how services and capacity scale: alarms, policies, schedules; providers, groups",
        ("errors", "timestamps", "model", "engine"),
        "values in, decisions with reasons out: no document, no client, no clock",
    ),
    "aws": Layer(
        "boto3-like clients of any service: parameters, errors, paginators, the lock of a session",
        ("errors",),
        "knows no service",
    ),
    "ecs": Layer(
        "boto3's calls, documents and errors in memory ([page](ecs.md))",
        (
            *("errors", "suggest", "timestamps", "arns", "caches", "lang", "model", "documents"),
            *("machines", "state", "query", "engine", "timeline", "services", "scaling"),
            "aws",
        ),
        "holds no placement logic: what happens next is decided by `services`, where by `engine`",
    ),
    "testing": Layer(
        "Hypothesis strategies and a state machine",
        (
            *("errors", "timestamps", "javaregex", "kernels", "lang", "model"),
            *("documents", "machines", "state", "query", "engine", "placement"),
        ),
        "usable without the command line",
    ),
    "warming": Layer(
        "calls that reach every kernel, so that they are compiled ([page](warming.md))",
        ("errors", "kernels", "model", "query", "engine"),
        "nothing but the calls",
    ),
    "cli": Layer(
        "commands",
        (
            *("errors", "timestamps", "extras", "grammars", "javaregex", "kernels"),
            *("lang", "model", "documents", "machines", "state", "query", "engine"),
            *("planning", "aws", "ecs", "testing", "warming", "placement"),
        ),
        "the outermost layer: nobody imports it",
    ),
    "__main__": Layer(
        "`python -m placement`",
        ("cli",),
        "starts the command",
    ),
    "placement": Layer(
        "`__init__`: the public names",
        (
            *("errors", "timestamps", "lang", "model", "documents", "state", "query"),
            *("engine", "ecs", "warming"),
        ),
        "nothing that is slow to import",
    ),
}
"""In the order in which they stand on one another; ``placement`` is the package's own module."""

LIBRARIES: dict[str, Library] = {
    "numba": Library(
        ("kernels",), "it takes 0.3 s to import: only programs pay that decide or ask much"
    ),
    "numpy": Library(
        ("javaregex", "kernels", "state", "query", "engine", "planning", "testing", "warming"),
        "columns, masks, programs of patterns",
    ),
    "lark": Library(
        ("grammars", "lang", "javaregex", "cli"),
        "the parser of the language, of patterns and of the AWS CLI's shorthand",
    ),
    "regex": Library(("lang",), "recursive patterns in the grammar"),
    "re2": Library(("javaregex",), "Java's patterns that are regular languages"),
    "attrs": Library(
        tuple(
            name
            for name in LAYERS
            if name not in ("kernels", "extras", "grammars", "__main__", "placement")
        ),
        "records",
    ),
    "click": Library(("cli",), "an extra: the library works without it"),
    "rich": Library(("cli",), "an extra: the library works without it"),
    "yaml": Library(("cli",), "an extra: only files of rules are read by it"),
    "matplotlib": Library(("cli",), "an extra: only pictures need it"),
    "botocore": Library(("aws",), "only `botocore_errors`, where botocore is installed"),
    "jmespath": Library(("aws", "cli"), "expressions of a caller: `search` over pages, `--query`"),
    "narwhals": Library(("documents",), "an extra: only those pay who read data frames"),
    "pyarrow": Library(("documents",), "only for Parquet files, where it is installed"),
    "hypothesis": Library(("testing",), "an extra: the library works without it"),
}

ECS_ROOMS: dict[str, Layer] = {
    "definitions": Layer(
        "what a valid task definition is, and how it looks registered; knows no account", ()
    ),
    "control": Layer(
        "records of an account and how they change: time, lives of tasks, passes over services, "
        "load balancers, dumps; answers no call",
        ("definitions",),
    ),
    "calls": Layer(
        "what each call of a boto3 client does, and its answer; a folder a client (`calls/ecs`)",
        ("definitions", "control"),
    ),
    "lints": Layer(
        "what is probably not meant about a service, or about what scales; changes nothing",
        ("definitions", "control", "calls"),
    ),
    "rollouts": Layer(
        "how a deployment went, read from the records after each instant; decides nothing",
        ("control", "calls", "lints"),
    ),
    "outlooks": Layer(
        "what scaling would do: policies under a recorded metric, capacity providers now and after "
        "more tasks; decides nothing",
        ("control", "calls", "lints"),
    ),
}
"""Rooms inside ``ecs``: which of the others each may import."""

CLI_PARTS: dict[str, Layer] = {
    "exit_status": Layer("numbers of exit statuses", ()),
    "errors": Layer("what the command refuses", ()),
    "presentation": Layer("how results are to be printed", ()),
    "query": Layer("expressions of `--query`", ()),
    "options": Layer("reading what was given", ("errors", "presentation", "query")),
    "output": Layer("printing", ("errors", "presentation", "query")),
    "kernel_choice": Layer("whether kernels are compiled", ("output",)),
    "warm": Layer("the command `warm`, which needs no extra", ("exit_status",)),
    "commands": Layer(
        "reads by way of `options`, prints by way of `output`; no command imports another",
        ("exit_status", "errors", "options", "output", "kernel_choice", "warm"),
    ),
    "app": Layer("all commands as one program", ("exit_status", "output", "commands")),
    "main": Layer("starts the process", ("exit_status", "warm", "app")),
}
"""Parts of the command line: which of the others each may import."""
