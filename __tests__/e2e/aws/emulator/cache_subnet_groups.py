"""Deletion and tags of ElastiCache's subnet groups. Moto only makes and tells them."""

from moto.elasticache.models import elasticache_backends

from operations import Refused, answers
from tags import tag


@answers("elasticache", "CreateCacheSubnetGroup")
def create(call):
    answer = call.moto()
    tag(answer["CacheSubnetGroup"]["ARN"], call.params.get("Tags"))
    return answer


@answers("elasticache", "DeleteCacheSubnetGroup")
def delete(call):
    name = call.params["CacheSubnetGroupName"]
    groups = elasticache_backends[call.account][call.region].cache_subnet_groups
    if name not in groups:
        raise Refused("CacheSubnetGroupNotFoundFault", f"CacheSubnetGroup {name} not found.", 400)
    groups.pop(name)
    return {}
