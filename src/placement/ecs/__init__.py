"""Amazon ECS in memory: boto3's calls, documents and errors, placed by ``placement.Cluster``."""

from placement.ecs.errors import ClientError, ParamValidationError, botocore_errors

__all__ = ["ClientError", "ParamValidationError", "botocore_errors"]
