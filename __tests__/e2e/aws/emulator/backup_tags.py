"""Tags of AWS Backup's vaults and plans. Moto takes them and, where they come with the resource, does not tell them."""

from operations import answers
from tags import tag, tags_of, untag


@answers("backup", "CreateBackupVault")
def create_vault(call):
    answer = call.moto()
    tag(answer["BackupVaultArn"], pairs(call.params.get("BackupVaultTags")))
    return answer


@answers("backup", "CreateBackupPlan")
def create_plan(call):
    answer = call.moto()
    tag(answer["BackupPlanArn"], pairs(call.params.get("BackupPlanTags")))
    return answer


@answers("backup", "ListTags")
def list_tags(call):
    return {"Tags": {each["Key"]: each["Value"] for each in tags_of(call.params["ResourceArn"])}}


@answers("backup", "TagResource")
def tag_resource(call):
    tag(call.params["ResourceArn"], pairs(call.params["Tags"]))
    return {}


@answers("backup", "UntagResource")
def untag_resource(call):
    untag(call.params["ResourceArn"], call.params["TagKeyList"])
    return {}


def pairs(tags):
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
