"""The keys that AWS makes by itself for a service (`alias/aws/dynamodb` …). Moto calls them the customer's."""

from moto.kms.models import kms_backends

from operations import answers


@answers("kms", "DescribeKey")
def describe(call):
    answer = call.moto()
    key = kms_backends[call.account][call.region].keys[answer["KeyMetadata"]["KeyId"]]
    if any(alias.startswith("alias/aws/") for alias in key.aliases):
        answer["KeyMetadata"]["KeyManager"] = "AWS"
    return answer
