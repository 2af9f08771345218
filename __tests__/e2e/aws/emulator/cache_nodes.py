"""The nodes of a replication group of ElastiCache, named as AWS names them. Moto names them and does not know them."""

from moto.elasticache.models import elasticache_backends

from operations import Refused, answers
from tags import tag


@answers("elasticache", "CreateReplicationGroup")
def create(call):
    answer = call.moto()
    tag(answer["ReplicationGroup"]["ARN"], call.params.get("Tags"))
    return answer


@answers("elasticache", "DescribeCacheClusters")
def describe(call):
    name = call.params.get("CacheClusterId")
    for group in elasticache_backends[call.account][call.region].replication_groups.values():
        if name in group.member_clusters:
            return {"CacheClusters": [node(group, name)]}
    if name is None:
        return call.moto()
    raise Refused("CacheClusterNotFound", f"CacheCluster {name} not found.", 404)


def node(group, name):
    return {
        "CacheClusterId": name, "ReplicationGroupId": group.replication_group_id, "CacheClusterStatus": "available",
        "CacheNodeType": group.cache_node_type, "NumCacheNodes": 1, "Engine": group.engine,
        "EngineVersion": {"7.1": "7.1.0", "8.0": "8.0.1"}.get(group.engine_version, group.engine_version),
        "CacheParameterGroup": {"CacheParameterGroupName": group.cache_parameter_group_name, "ParameterApplyStatus": "in-sync"},
        "CacheSubnetGroupName": group.cache_subnet_group_name,
        "SecurityGroups": [{"SecurityGroupId": each, "Status": "active"} for each in group.security_group_ids or []],
        "PreferredMaintenanceWindow": group.preferred_maintenance_window,
        "SnapshotWindow": group.snapshot_window, "SnapshotRetentionLimit": group.snapshot_retention_limit,
        "AutoMinorVersionUpgrade": group.auto_minor_version_upgrade, "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": group.transit_encryption_mode,
        "AtRestEncryptionEnabled": True, "IpDiscovery": group.ip_discovery, "NetworkType": group.network_type}


@answers("elasticache", "DeleteReplicationGroup")
def delete(call):
    """Gone at once, and with the last snapshot that was asked for. Moto leaves it "deleting" for ever, and takes none."""
    backend = elasticache_backends[call.account][call.region]
    name, last = call.params["ReplicationGroupId"], call.params.get("FinalSnapshotIdentifier")
    if last and name in backend.replication_groups:
        backend.create_snapshot(last, name, None, None, [])
    answer = call.moto()
    backend.replication_groups.pop(name)
    return answer
