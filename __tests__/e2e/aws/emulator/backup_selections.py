"""What a plan of AWS Backup backs up. Moto has plans and vaults, not their selections."""

import datetime
import uuid

from operations import Refused, answers


@answers("backup", "CreateBackupSelection")
def create(call):
    selection = {
        "SelectionId": str(uuid.uuid4()), "BackupPlanId": call.params["BackupPlanId"],
        "CreationDate": datetime.datetime.now(datetime.timezone.utc)}
    call.store("selection")[selection["SelectionId"]] = {**selection, "BackupSelection": call.params["BackupSelection"]}
    return selection


@answers("backup", "GetBackupSelection")
def get(call):
    name = call.params["SelectionId"]
    if name not in call.store("selection"):
        raise Refused("ResourceNotFoundException", f"Cannot find selection {name}", 400)
    return call.store("selection")[name]


@answers("backup", "DeleteBackupSelection")
def delete(call):
    get(call)
    call.store("selection").pop(call.params["SelectionId"])
    return {}
