"""The calls of boto3's ``cloudwatch`` client that the model has: alarms on one metric.

In: the account and the checked parameters of a call.  Out: its answer, or the service's error.
Alarms are records: no metric is evaluated, and a state is what ``set_alarm_state`` set last.
"""
