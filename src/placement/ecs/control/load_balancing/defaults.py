"""Defaults of target groups and load balancers, and the values that their attributes take (S9.4).

In: the protocol of a group, the kind of a load balancer.  Out: settings of health checks;
attributes with what they may be.  Must not know calls or records of an account.

Source: the API's shapes TargetGroupAttribute, LoadBalancerAttribute and CreateTargetGroupInput.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import attrs

from placement.ecs.control.load_balancing.records import DELAY, HealthCheckSettings

__all__ = [
    "HTTP_PROTOCOLS",
    "AttributeRule",
    "default_attributes",
    "default_settings",
    "group_attributes",
    "load_balancer_attributes",
]

HTTP_PROTOCOLS = ("HTTP", "HTTPS")
"""The protocols of Application Load Balancers; all others are those of Network Load Balancers."""


@attrs.frozen
class AttributeRule:
    """An attribute.

    Attributes:
        default: Its value where none was given.
        is_allowed: Whether a text is a value of it.
        expected: What a value is, for messages.
    """

    default: str
    is_allowed: Callable[[str], bool]
    expected: str


def _one_of(*values: str) -> AttributeRule:
    """The first one is the default."""
    return AttributeRule(values[0], lambda text: text in values, f"one of {', '.join(values)}")


def _flag(default: str) -> AttributeRule:
    return AttributeRule(default, lambda text: text in ("true", "false"), "true or false")


def _number(default: str, least: int, most: int, *words: str) -> AttributeRule:
    """A whole number of a range, or one of some words."""

    def is_allowed(text: str) -> bool:
        is_number = re.fullmatch(r"[0-9]{1,9}", text) is not None
        return text in words or (is_number and least <= int(text) <= most)

    others = "".join(f", or {word}" for word in words)
    return AttributeRule(default, is_allowed, f"a whole number from {least} to {most}{others}")


def _text(default: str = "") -> AttributeRule:
    return AttributeRule(default, lambda _: True, "a text")


_HEALTH = "target_group_health"
_WEEK = 604_800
_MANY = 100_000_000


def group_attributes(
    protocol: str, target_type: str, version: str | None
) -> Mapping[str, AttributeRule]:
    """Return the attributes of a target group.

    Args:
        protocol: Its protocol.
        target_type: ``instance`` or ``ip``.
        version: Its protocol version; None: it has none.
    """
    is_http = protocol in HTTP_PROTOCOLS
    common = {
        DELAY: _number("300", 0, 3600),
        "stickiness.enabled": _flag("false"),
        "stickiness.type": _one_of("lb_cookie", "app_cookie") if is_http else _one_of("source_ip"),
        "load_balancing.cross_zone.enabled": _one_of(
            "use_load_balancer_configuration", "true", "false"
        ),
        f"{_HEALTH}.dns_failover.minimum_healthy_targets.count": _number("1", 1, _MANY, "off"),
        f"{_HEALTH}.dns_failover.minimum_healthy_targets.percentage": _number("off", 1, 100, "off"),
        f"{_HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count": _number("1", 1, _MANY),
        f"{_HEALTH}.unhealthy_state_routing.minimum_healthy_targets.percentage": _number(
            "off", 1, 100, "off"
        ),
    }
    if not is_http:
        is_udp = protocol in ("UDP", "TCP_UDP")
        hides_client = target_type == "ip" and protocol in ("TCP", "TLS")
        return common | {
            "deregistration_delay.connection_termination.enabled": _flag(
                "true" if is_udp else "false"
            ),
            "preserve_client_ip.enabled": _flag("false" if hides_client else "true"),
            "proxy_protocol_v2.enabled": _flag("false"),
            "target_health_state.unhealthy.connection_termination.enabled": _flag(
                "false" if is_udp else "true"
            ),
            "target_health_state.unhealthy.draining_interval_seconds": _number("0", 0, 360_000),
        }
    http2 = {
        "routing.http2.rst_stream_error_forwarding.enabled": _flag("false"),
        "waf.http2.traffic_inspection_behavior": _one_of(
            "inspect_immediately", "inspect_after_sufficient_data"
        ),
    }
    return (
        common
        | {
            "load_balancing.algorithm.type": _one_of(
                "round_robin", "least_outstanding_requests", "weighted_random"
            ),
            "load_balancing.algorithm.anomaly_mitigation": _one_of("off", "on"),
            "slow_start.duration_seconds": _number("0", 30, 900, "0"),
            "stickiness.app_cookie.cookie_name": _text(),
            "stickiness.app_cookie.duration_seconds": _number("86400", 1, _WEEK),
            "stickiness.lb_cookie.duration_seconds": _number("86400", 1, _WEEK),
        }
        | (http2 if version in ("HTTP2", "GRPC") else {})
    )


def load_balancer_attributes(kind: str, scheme: str) -> Mapping[str, AttributeRule]:
    """Return the attributes of a load balancer.

    Args:
        kind: ``application`` or ``network``.
        scheme: ``internet-facing`` or ``internal``.
    """
    is_network = kind == "network"
    common = {
        "access_logs.s3.enabled": _flag("false"),
        "access_logs.s3.bucket": _text(),
        "access_logs.s3.prefix": _text(),
        "deletion_protection.enabled": _flag("false"),
        "ipv6.deny_all_igw_traffic": _flag("true" if scheme == "internal" else "false"),
        "load_balancing.cross_zone.enabled": _flag("false") if is_network else _one_of("true"),
        "zonal_shift.config.enabled": _flag("false"),
    }
    if is_network:
        return common | {
            "dns_record.client_routing_policy": _one_of(
                "any_availability_zone",
                "availability_zone_affinity",
                "partial_availability_zone_affinity",
            ),
            "secondary_ips.auto_assigned.per_subnet": _number("0", 0, 7),
        }
    logs = ("connection_logs", "health_check_logs")
    return (
        common
        | {f"{log}.s3.enabled": _flag("false") for log in logs}
        | {f"{log}.s3.{part}": _text() for log in logs for part in ("bucket", "prefix")}
        | {
            "client_keep_alive.seconds": _number("3600", 60, _WEEK),
            "idle_timeout.timeout_seconds": _number("60", 1, 4000),
            "routing.http.desync_mitigation_mode": _one_of("defensive", "monitor", "strictest"),
            "routing.http.drop_invalid_header_fields.enabled": _flag("false"),
            "routing.http.preserve_host_header.enabled": _flag("false"),
            "routing.http.x_amzn_tls_kx.enabled": _flag("false"),
            "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": _flag("false"),
            "routing.http.xff_client_port.enabled": _flag("false"),
            "routing.http.xff_header_processing.mode": _one_of("append", "preserve", "remove"),
            "routing.http2.enabled": _flag("true"),
            "waf.fail_open.enabled": _flag("false"),
        }
    )


def default_attributes(rules: Mapping[str, AttributeRule]) -> dict[str, str]:
    """Return attributes with their defaults."""
    return {key: rule.default for key, rule in rules.items()}


def default_settings(
    protocol: str, version: str | None = None, check_protocol: str | None = None
) -> HealthCheckSettings:
    """Return the health check of a new target group (S9.4).

    Args:
        protocol: The group's protocol.
        version: Its protocol version; None: it has none.
        check_protocol: The protocol of the check, where it was given.
    """
    is_http = protocol in HTTP_PROTOCOLS
    checks_by = check_protocol or ("HTTP" if is_http else "TCP")
    reads_codes = checks_by in HTTP_PROTOCOLS
    path, matcher = "/", {"HttpCode": "200" if is_http else "200-399"}
    if version == "GRPC":
        path, matcher = "/AWS.ALB/healthcheck", {"GrpcCode": "12"}
    return HealthCheckSettings(
        protocol=checks_by,
        port="traffic-port",
        interval=30,
        timeout=6 if protocol == "HTTP" else 10,
        healthy_threshold=5,
        unhealthy_threshold=2,
        path=path if reads_codes else None,
        matcher=matcher if reads_codes else None,
    )
