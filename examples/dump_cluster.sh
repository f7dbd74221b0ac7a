#!/bin/sh
# All that the AWS CLI says of one cluster: instances, tasks, their definitions, what is protected.
#
# Usage: sh dump_cluster.sh CLUSTER > dump.json
#
# One call describes at most 100 container instances or tasks, so that the output is one JSON
# document after another; what_if.py reads it, and so does placement.Cluster.from_ecs, as a list.
# It only lists and describes: nothing is changed.

set -eu
cluster=${1:?usage: sh dump_cluster.sh CLUSTER}

# One ARN a line; an empty list is printed as None.
lines() { tr '\t' '\n' | sed -e '/^None$/d' -e '/^$/d'; }

instances=$(aws ecs list-container-instances --cluster "$cluster" \
  --query 'containerInstanceArns[]' --output text | lines)
tasks=$(aws ecs list-tasks --cluster "$cluster" --query 'taskArns[]' --output text | lines)

aws ecs describe-clusters --clusters "$cluster" --include SETTINGS TAGS --output json
echo "$instances" | xargs -r -n 100 aws ecs describe-container-instances --cluster "$cluster" \
  --include TAGS --output json --container-instances
echo "$tasks" | xargs -r -n 100 aws ecs describe-tasks --cluster "$cluster" \
  --include TAGS --output json --tasks
echo "$tasks" | xargs -r -n 100 aws ecs describe-tasks --cluster "$cluster" \
  --query 'tasks[].[taskDefinitionArn]' --output text --tasks | sort -u |
  xargs -r -n 1 aws ecs describe-task-definition --include TAGS --output json --task-definition
# Tasks of no service cannot be protected, and are told as failures.
echo "$tasks" | xargs -r -n 100 aws ecs get-task-protection --cluster "$cluster" \
  --output json --tasks
