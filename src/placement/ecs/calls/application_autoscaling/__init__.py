"""The calls of boto3's ``application-autoscaling`` client: scaling of services (C49).

In: the account and the checked parameters of a call.  Out: its answer, or the service's error.
"""
