"""Load balancers, listeners and rules: which groups are in use, and copies."""

from __future__ import annotations

from load_balancing_world import World


def test_a_group_is_in_use_as_long_as_one_rule_names_it() -> None:
    world = World()
    group, other = world.group(), world.group(is_used=False)
    used = [one.load_balancer is not None for one in world.table.groups.values()]
    assert used == [True, False]
    rule = world.rule({group: 1, other: 0})
    assert world.table.groups[other].load_balancer == world.elb.load_balancer_of(rule).arn
    assert list(world.table.groups[other].rules) == [rule.arn]
    world.rule({other: 1})
    assert world.table.groups[group].load_balancer is None
    assert world.table.groups[other].load_balancer is not None


def test_a_rule_is_found_by_its_arn_and_a_default_rule_by_its_listener() -> None:
    world = World()
    rule = world.rule({world.group(): 1})
    assert world.elb.find_rule(rule.arn) is rule
    assert world.elb.find_rule(rule.listener) is rule
    assert world.elb.find_rule("arn:aws:x") is None


def test_a_copy_is_independent_c24() -> None:
    world = World()
    group = world.group()
    rule = world.rule({group: 1})
    twin = world.elb.copy()
    twin.set_weights(twin.rules[rule.arn], {group: 5})
    twin.remove_load_balancer(next(iter(twin.load_balancers)), 0)
    assert (twin.load_balancers, twin.listeners, twin.rules) == ({}, {}, {})
    assert twin.targets.groups[group].load_balancer is None
    forward = rule.forward()
    assert forward is not None
    assert forward.weights == ((group, 1),)
    assert world.table.groups[group].load_balancer is not None
    assert [one.listeners for one in world.elb.load_balancers.values()] == [[rule.listener]]
