"""ElastiCache's user groups, and the changes of users. Moto has only users that stay as they are."""

from moto.elasticache.models import elasticache_backends

from operations import Refused, answers
from tags import tag


@answers("elasticache", "CreateUserGroup")
def create(call):
    name = call.params["UserGroupId"]
    group = {
        "UserGroupId": name, "Status": "active", "Engine": call.params["Engine"].lower(), "MinimumEngineVersion": "6.0",
        "UserIds": call.params.get("UserIds", []), "ReplicationGroups": [],
        "ARN": f"arn:aws:elasticache:{call.region}:{call.account}:usergroup:{name}"}
    call.store("user group")[name] = group
    tag(group["ARN"], call.params.get("Tags"))
    return group


@answers("elasticache", "DescribeUserGroups")
def describe(call):
    return {"UserGroups": [find(call)]}


@answers("elasticache", "DeleteUserGroup")
def delete(call):
    return {**call.store("user group").pop(find(call)["UserGroupId"]), "Status": "deleting"}


@answers("elasticache", "CreateUser")
def create_user(call):
    answer = call.moto()
    tag(answer["ARN"], call.params.get("Tags"))
    return answer


@answers("elasticache", "ModifyUser")
def modify_user(call):
    user = elasticache_backends[call.account][call.region].users[call.params["UserId"]]
    user.access_string = call.params.get("AccessString", user.access_string)
    mode = call.params.get("AuthenticationMode", {})
    user.authentication_type = mode.get("Type", user.authentication_type)
    user.passwords = mode.get("Passwords", user.passwords)
    return {"UserId": user.id, "UserName": user.name, "Status": "active", "ARN": user.arn}


def find(call):
    name = call.params["UserGroupId"]
    if name not in call.store("user group"):
        raise Refused("UserGroupNotFound", f"UserGroup not found: {name}", 404)
    return call.store("user group")[name]
