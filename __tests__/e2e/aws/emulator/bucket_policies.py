"""Conditions of bucket policies. Moto overlooks them, so that "deny unless over TLS" denies everything.

Here a denial with a condition denies nothing: the endpoint of these tests has no TLS that a condition could ask for. That
the policies deny what they should is what the tests of the stacks are for.
"""

import json

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def get_permission(bucket, action, resource):
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    unconditional = [s for s in policy["Statement"] if s["Effect"] != "Deny" or "Condition" not in s]
    if not unconditional:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps({**policy, "Statement": unconditional})).is_action_permitted(action, resource)


FakeBucket.get_permission = get_permission
