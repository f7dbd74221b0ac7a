"""Task definitions: whether ECS would take one, what it requires, what it looks like registered.

In: documents of register-task-definition.  Out: problems, attributes, documents.  One module a
subject; numbers that placement uses are read by ``documents.task_definitions`` alone.
"""
