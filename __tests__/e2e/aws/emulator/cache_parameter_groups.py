"""ElastiCache's parameter groups. Moto has none."""

from operations import Refused, answers
from tags import tag


@answers("elasticache", "CreateCacheParameterGroup")
def create(call):
    name = call.params["CacheParameterGroupName"]
    group = {
        "CacheParameterGroupName": name, "CacheParameterGroupFamily": call.params["CacheParameterGroupFamily"],
        "Description": call.params["Description"], "IsGlobal": False,
        "ARN": f"arn:aws:elasticache:{call.region}:{call.account}:parametergroup:{name}"}
    call.store("group")[name] = {"group": group, "parameters": {}}
    tag(group["ARN"], call.params.get("Tags"))
    return {"CacheParameterGroup": group}


@answers("elasticache", "ModifyCacheParameterGroup")
def modify(call):
    for parameter in call.params["ParameterNameValues"]:
        find(call)["parameters"][parameter["ParameterName"]] = parameter["ParameterValue"]
    return {"CacheParameterGroupName": call.params["CacheParameterGroupName"]}


@answers("elasticache", "DescribeCacheParameterGroups")
def describe(call):
    return {"CacheParameterGroups": [find(call)["group"]]}


@answers("elasticache", "DescribeCacheParameters")
def parameters(call):
    return {"Parameters": [
        {"ParameterName": name, "ParameterValue": value, "Source": "user"} for name, value in find(call)["parameters"].items()]}


@answers("elasticache", "DeleteCacheParameterGroup")
def delete(call):
    call.store("group").pop(find(call)["group"]["CacheParameterGroupName"])
    return {}


def find(call):
    name = call.params["CacheParameterGroupName"]
    if name not in call.store("group"):
        raise Refused("CacheParameterGroupNotFound", f"CacheParameterGroup not found: {name}", 404)
    return call.store("group")[name]
