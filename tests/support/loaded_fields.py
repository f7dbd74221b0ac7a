"""What documents of describe calls are drawn from for the law that no field gets lost (C50).

In: nothing.  Out: the lists with their calls, values that must fit together, members that are
needed, and the table of members that the model decides itself.
"""

from __future__ import annotations

from typing import Any

HOME = "123456789012"
ECS = f"arn:aws:ecs:us-east-1:{HOME}"
ELB = f"arn:aws:elasticloadbalancing:us-east-1:{HOME}"
BALANCER = f"{ELB}:loadbalancer/app/web/0123456789abcdef"
TARGETS = f"{ELB}:targetgroup/web/0123456789abcdef"
LISTENER = f"{ELB}:listener/app/web/0123456789abcdef/0123456789abcdef"
SCALING = f"arn:aws:autoscaling:us-east-1:{HOME}"
ALARM = f"arn:aws:cloudwatch:us-east-1:{HOME}:alarm:{{}}"
HIGH = "TargetTracking-service/prod/web-AlarmHigh-1"
LOW = "TargetTracking-service/prod/web-AlarmLow-1"
SERVICE = f"{ECS}:service/prod/web"
REVISION = f"{ECS}:service-revision/prod/web/1234567890123456789"
DEFINITION = f"{ECS}:task-definition/web:1"
GROUP = f"arn:aws:autoscaling:us-east-1:{HOME}:autoScalingGroup:1:autoScalingGroupName/web"
NOON = "2026-03-01T12:00:00+00:00"

LISTS = {
    "capacityProviders": ("ecs", "describe_capacity_providers"),
    "clusters": ("ecs", "describe_clusters"),
    "AutoScalingGroups": ("autoscaling", "describe_auto_scaling_groups"),
    "Activities": ("autoscaling", "describe_scaling_activities"),
    "MetricAlarms": ("cloudwatch", "describe_alarms"),
    "services": ("ecs", "describe_services"),
    "serviceDeployments": ("ecs", "describe_service_deployments"),
    "serviceRevisions": ("ecs", "describe_service_revisions"),
    "LoadBalancers": ("elbv2", "describe_load_balancers"),
    "TargetGroups": ("elbv2", "describe_target_groups"),
    "Listeners": ("elbv2", "describe_listeners"),
    "Rules": ("elbv2", "describe_rules"),
    "ScalableTargets": ("application-autoscaling", "describe_scalable_targets"),
    "ScalingPolicies": ("application-autoscaling", "describe_scaling_policies"),
    "ScheduledActions": ("application-autoscaling", "describe_scheduled_actions"),
}
FIXED: dict[str, Any] = {
    "capacityProviderArn": f"{ECS}:capacity-provider/machines",
    "autoScalingGroupArn": GROUP,
    "clusterArn": f"{ECS}:cluster/prod",
    "clusterName": "prod",
    "AutoScalingGroupName": "web",
    "AutoScalingGroupARN": GROUP,
    "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{HOME}:alarm:high",
    "AlarmName": "high",
    "InstanceId": "i-1",
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 2,
    "targetCapacity": 90,
    "MinSize": 1,
    "DesiredCapacity": 2,
    "MaxSize": 3,
    "base": 0,
    "min": 1,
    "max": 3,
    "subnets": ["subnet-1"],
    "ActivityId": "a-1",
    "cluster": "prod",
    "capacityProvider": "machines",
    "capacityProviders": ["machines"],
    "status": "ACTIVE",
    "HealthStatus": "Healthy",
    "serviceArn": SERVICE,
    "serviceName": "web",
    "taskDefinition": DEFINITION,
    "roleArn": f"arn:aws:iam::{HOME}:role/web",
    "targetGroupArn": TARGETS,
    "alternateTargetGroupArn": TARGETS.replace("/web/", "/green/"),
    "productionListenerRule": LISTENER,
    "testListenerRule": LISTENER.replace("/web/", "/test/"),
    "LoadBalancerArn": BALANCER,
    "LoadBalancerName": "web",
    "LoadBalancerArns": [BALANCER],
    "TargetGroupArn": TARGETS,
    "TargetGroupName": "web",
    "ListenerArn": LISTENER,
    "RuleArn": LISTENER.replace(":listener/", ":listener-rule/") + "/0123456789abcdef",
    "Priority": "5",
    "IsDefault": False,
    "serviceDeploymentArn": SERVICE.replace(":service/", ":service-deployment/") + "/1234567890",
    "serviceRevisionArn": REVISION,
    "targetServiceRevisionArn": REVISION,
    "maximumPercent": 150,
    "expression": "attribute:ecs.os-type == linux",
    "field": "instanceId",
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
    "MinCapacity": 1,
    "MaxCapacity": 3,
    "ScalableTargetARN": f"arn:aws:application-autoscaling:us-east-1:{HOME}:scalable-target/1",
    "PolicyARN": f"{SCALING}:scalingPolicy:1:resource/ecs/service/prod/web:policyName/up",
    "PolicyName": "up",
    "ScheduledActionARN": f"{SCALING}:scheduledAction:1:resource/ecs/service/prod/web:"
    "scheduledActionName/noon",
    "ScheduledActionName": "noon",
    "Schedule": "cron(0 12 * * ? *)",
    "Timezone": "Europe/Berlin",
    "StartTime": "2026-02-01T12:00:00+00:00",
    "EndTime": "2027-03-01T12:00:00+00:00",
    "defaultCapacityProviderStrategy": [{"capacityProvider": "machines", "weight": 1, "base": 2}],
}
OF_ONE_METRIC = (
    *("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"),
)
"""Members that an alarm on an expression does not have."""

NEEDED = {
    "capacityProviders": ("name",),
    "clusters": ("clusterName", "capacityProviders"),
    "AutoScalingGroups": ("AutoScalingGroupName", "AutoScalingGroupARN"),
    "Activities": ("ActivityId", "AutoScalingGroupName"),
    "MetricAlarms": ("AlarmName",),
    "services": ("serviceArn", "clusterArn", "serviceName", "taskDefinition"),
    "serviceDeployments": ("serviceDeploymentArn", "serviceArn", "clusterArn", "status"),
    "serviceRevisions": ("serviceRevisionArn", "serviceArn", "clusterArn", "taskDefinition"),
    "LoadBalancers": ("LoadBalancerArn",),
    "TargetGroups": ("TargetGroupArn",),
    "Listeners": ("ListenerArn",),
    "Rules": ("RuleArn", "Priority", "Actions"),
    "ScalableTargets": (
        *("ResourceId", "ServiceNamespace", "ScalableDimension", "MinCapacity", "MaxCapacity"),
    ),
    "ScalingPolicies": (
        *("PolicyARN", "PolicyName", "ResourceId", "ServiceNamespace", "ScalableDimension"),
        "PolicyType",
    ),
    "ScheduledActions": (
        *("ScheduledActionARN", "ScheduledActionName", "ResourceId", "ServiceNamespace"),
        *("ScalableDimension", "Schedule", "ScalableTargetAction"),
    ),
}
DECIDED: dict[str, dict[str, str]] = {
    "clusters": {
        "registeredContainerInstancesCount": "the model counts them",
        "runningTasksCount": "the model counts them",
        "pendingTasksCount": "the model counts them",
        "activeServicesCount": "the model counts them",
        "statistics": "the model counts what they say",
    },
    "AutoScalingGroups": {
        "LifecycleState": "an instance whose launch hook was completed is Pending until it runs",
    },
    "services": {
        "runningCount": "the model counts tasks",
        "pendingCount": "the model counts tasks",
        "currentServiceRevisions": "ARNs follow from deployments (S2.5), counts are its own",
    },
}
"""Members that the model decides, and why: only that they are there is held."""

NEEDED_INSIDE = {
    "deployments[]": ("id", "taskDefinition"),
    "placementConstraints[]": ("type",),
    "placementStrategy[]": ("type", "field"),
    "lifecycleHooks[]": ("lifecycleStages",),
    "thresholdConfiguration": ("type", "value"),
    "capacityProviderStrategy[]": ("capacityProvider", "weight"),
    "DefaultActions[]": ("Type",),
    "monitoring": ("metricConfigurations",),
    "networkConfiguration": ("awsvpcConfiguration",),
    "ScalableTargetAction": ("MinCapacity",),
    "timeoutConfiguration": ("timeoutInMinutes",),
    "advancedConfiguration": ("roleArn",),
    "TargetGroups[]": ("TargetGroupArn",),
}
"""Members without which an object inside a document says nothing."""

POLICIES: tuple[dict[str, Any], ...] = (
    {
        "PolicyType": "StepScaling",
        "Alarms": [{"AlarmName": "high", "AlarmARN": ALARM.format("high")}],
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "PercentChangeInCapacity",
            "StepAdjustments": [
                {
                    "MetricIntervalLowerBound": 0.0,
                    "MetricIntervalUpperBound": 10.0,
                    "ScalingAdjustment": 10,
                },
                {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 20},
            ],
            "MinAdjustmentMagnitude": 1,
            "Cooldown": 60,
            "MetricAggregationType": "Maximum",
        },
    },
    {
        "PolicyType": "TargetTrackingScaling",
        "Alarms": [{"AlarmName": HIGH, "AlarmARN": ALARM.format(HIGH)}],
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 62.5,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": "app/web/0123456789abcdef/targetgroup/web/0123456789abcdef",
            },
            "ScaleOutCooldown": 30,
            "ScaleInCooldown": 600,
            "DisableScaleIn": True,
        },
    },
    {
        "PolicyType": "TargetTrackingScaling",
        "Alarms": [
            {"AlarmName": HIGH, "AlarmARN": ALARM.format(HIGH)},
            {"AlarmName": LOW, "AlarmARN": ALARM.format(LOW)},
        ],
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 5.0,
            "CustomizedMetricSpecification": {
                "MetricName": "Backlog",
                "Namespace": "Own",
                "Dimensions": [{"Name": "Queue", "Value": "orders"}],
                "Statistic": "Average",
                "Unit": "Count",
            },
        },
    },
    {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 5.0,
            "CustomizedMetricSpecification": {
                "Metrics": [
                    {
                        "Id": "m1",
                        "Label": "messages",
                        "MetricStat": {
                            "Metric": {
                                "Namespace": "Own",
                                "MetricName": "Backlog",
                                "Dimensions": [{"Name": "Queue", "Value": "orders"}],
                            },
                            "Stat": "Sum",
                            "Unit": "Count",
                        },
                        "ReturnData": False,
                    },
                    {"Id": "e1", "Expression": "m1 / 2", "Label": "half", "ReturnData": True},
                ]
            },
        },
    },
    {
        "PolicyType": "PredictiveScaling",
        "PredictiveScalingPolicyConfiguration": {
            "MetricSpecifications": [
                {
                    "TargetValue": 40.0,
                    "PredefinedMetricPairSpecification": {
                        "PredefinedMetricType": "ECSServiceCPUUtilization"
                    },
                }
            ],
            "Mode": "ForecastOnly",
            "SchedulingBufferTime": 600,
            "MaxCapacityBreachBehavior": "IncreaseMaxCapacity",
            "MaxCapacityBuffer": 10,
        },
    },
)
"""Scaling policies of every kind: their members go together, so that they are not drawn."""

CONFIGURATIONS = tuple(
    f"{kind}PolicyConfiguration"
    for kind in ("StepScaling", "TargetTrackingScaling", "PredictiveScaling")
)

AROUND = {
    "services": ("clusters", "taskDefinitions"),
    "serviceDeployments": ("clusters", "taskDefinitions", "services"),
    "serviceRevisions": ("clusters", "taskDefinitions", "services"),
    "ScalableTargets": ("clusters", "taskDefinitions", "services"),
    "ScalingPolicies": ("clusters", "taskDefinitions", "services", "ScalableTargets"),
    "ScheduledActions": ("clusters", "taskDefinitions", "services", "ScalableTargets"),
}
"""The lists that documents of a list need, by list."""

AROUND_SERVICES: dict[str, Any] = {
    "clusters": [{"clusterName": "prod", "clusterArn": f"{ECS}:cluster/prod"}],
    "taskDefinitions": [
        {
            "taskDefinitionArn": DEFINITION,
            "family": "web",
            "revision": 1,
            "containerDefinitions": [{"name": "app", "image": "app", "memory": 64}],
        }
    ],
    "services": [
        {
            "serviceArn": SERVICE,
            "serviceName": "web",
            "clusterArn": f"{ECS}:cluster/prod",
            "taskDefinition": DEFINITION,
        }
    ],
    "ScalableTargets": [
        {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/prod/web",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 1,
            "MaxCapacity": 3,
        }
    ],
}
"""What documents of services and of their scaling name."""
