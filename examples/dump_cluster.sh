#!/bin/sh
# All that the AWS CLI says of one cluster: instances, tasks, their definitions, what is protected,
# services, capacity providers.
#
# Usage: sh dump_cluster.sh CLUSTER > dump.json
#
# One call describes at most 100 container instances or tasks, so that the output is one JSON
# document after another; what_if.py reads it, and so does placement.Cluster.from_ecs, as a list.
# It only lists and describes: nothing is changed.  If a call fails, the script ends there with its
# message and a status other than 0, and what was printed is not complete.

set -eu
cluster=${1:?usage: sh dump_cluster.sh CLUSTER}

# One name a line; an empty list is printed as None.
lines() { printf '%s\n' "$1" | tr '\t' '\n' | sed -e '/^None$/d' -e '/^$/d'; }

# A pipe has the status of its last command: what the AWS CLI prints is kept first, so that a call
# that fails ends the script, and xargs, which has a status of its own for that, comes last.
found=$(aws ecs list-container-instances --cluster "$cluster" \
  --query 'containerInstanceArns[]' --output text)
instances=$(lines "$found")
found=$(aws ecs list-tasks --cluster "$cluster" --query 'taskArns[]' --output text)
tasks=$(lines "$found")
found=$(aws ecs list-services --cluster "$cluster" --query 'serviceArns[]' --output text)
services=$(lines "$found")
found=$(aws ecs describe-clusters --clusters "$cluster" \
  --query 'clusters[].capacityProviders[]' --output text)
providers=$(lines "$found")

aws ecs describe-clusters --clusters "$cluster" --include SETTINGS TAGS --output json
lines "$instances" | xargs -r -n 100 aws ecs describe-container-instances --cluster "$cluster" \
  --include TAGS --output json --container-instances
lines "$tasks" | xargs -r -n 100 aws ecs describe-tasks --cluster "$cluster" \
  --include TAGS --output json --tasks
found=$(lines "$tasks" | xargs -r -n 100 aws ecs describe-tasks --cluster "$cluster" \
  --query 'tasks[].[taskDefinitionArn]' --output text --tasks)
lines "$found" | sort -u |
  xargs -r -n 1 aws ecs describe-task-definition --include TAGS --output json --task-definition
# Tasks of no service cannot be protected, and are printed as failures.
lines "$tasks" | xargs -r -n 100 aws ecs get-task-protection --cluster "$cluster" \
  --output json --tasks
lines "$services" | xargs -r -n 10 aws ecs describe-services --cluster "$cluster" \
  --include TAGS --output json --services
lines "$providers" | xargs -r -n 10 aws ecs describe-capacity-providers --include TAGS \
  --output json --capacity-providers
