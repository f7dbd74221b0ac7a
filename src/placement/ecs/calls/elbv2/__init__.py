"""The calls of boto3's ``elbv2`` client: load balancers, listeners, rules, target groups, targets.

In: the account and the checked parameters of a call.  Out: its answer, or the service's error.
Operations check everything before they change anything.
"""
