"""The calls of boto3's ``ecs`` client: what each does, and its answer.

In: an account and parameters whose types are right.  Out: answers, or the API's exceptions.  An
operation checks everything before it changes anything; how records change is known by
``ecs.control``.  Must not know the client.
"""
