"""Prints what there is in the emulated account, one `region service kind name` a line, asked for over the API as anybody would.

    python remains.py ENDPOINT REGION…

What every account has from the beginning (default networks, AWS's own keys and policies) is left out.
"""

import sys

import boto3
import jmespath
from botocore.config import Config

CANONICAL = "099720109477"
NAME_TAG = "Tags[?Key=='Name'].Value | [0] || SnapshotId"
# service, operation, parameters, where the list is, what names an entry, and which entries count.
REGIONAL = [
    ("ec2", "describe_instances", {}, "Reservations[].Instances[]", "InstanceId", lambda i: i["State"]["Name"] != "terminated"),
    ("ec2", "describe_volumes", {}, "Volumes[]", "VolumeId", None),
    ("ec2", "describe_snapshots", {"OwnerIds": ["self"]}, "Snapshots[]", NAME_TAG, lambda s: s["OwnerId"] != CANONICAL),
    ("ec2", "describe_addresses", {}, "Addresses[]", "AllocationId", None),
    ("ec2", "describe_nat_gateways", {}, "NatGateways[]", "NatGatewayId", lambda n: n["State"] != "deleted"),
    ("ec2", "describe_vpc_endpoints", {}, "VpcEndpoints[]", "VpcEndpointId", lambda e: e["State"] != "deleted"),
    ("ec2", "describe_vpcs", {}, "Vpcs[]", "VpcId", lambda v: not v["IsDefault"]),
    ("ec2", "describe_launch_templates", {}, "LaunchTemplates[]", "LaunchTemplateName", None),
    ("ec2", "describe_flow_logs", {}, "FlowLogs[]", "FlowLogId", None),
    ("autoscaling", "describe_auto_scaling_groups", {}, "AutoScalingGroups[]", "AutoScalingGroupName", None),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers[]", "LoadBalancerName", None),
    ("elbv2", "describe_target_groups", {}, "TargetGroups[]", "TargetGroupName", None),
    ("rds", "describe_db_instances", {}, "DBInstances[]", "DBInstanceIdentifier", None),
    ("rds", "describe_db_snapshots", {"SnapshotType": "manual"}, "DBSnapshots[]", "DBSnapshotIdentifier", None),
    ("elasticache", "describe_replication_groups", {}, "ReplicationGroups[]", "ReplicationGroupId", None),
    ("elasticache", "describe_snapshots", {}, "Snapshots[]", "SnapshotName", None),
    ("dynamodb", "list_tables", {}, "TableNames[]", None, None),
    ("sqs", "list_queues", {}, "QueueUrls[]", None, None),
    ("sns", "list_topics", {}, "Topics[]", "TopicArn", None),
    ("logs", "describe_log_groups", {}, "logGroups[]", "logGroupName", None),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms[]", "AlarmName", None),
    ("backup", "list_backup_vaults", {}, "BackupVaultList[]", "BackupVaultName", None),
    ("backup", "list_backup_plans", {}, "BackupPlansList[]", "BackupPlanName", None),
    ("secretsmanager", "list_secrets", {}, "SecretList[]", "Name", None),
    ("ssm", "describe_parameters", {}, "Parameters[]", "Name", None),
    ("acm", "list_certificates", {}, "CertificateSummaryList[]", "DomainName", None),
    ("wafv2", "list_web_acls", {"Scope": "REGIONAL"}, "WebACLs[]", "Name", None),
]
GLOBAL = [
    ("s3", "list_buckets", {}, "Buckets[]", "Name", None),
    ("cloudfront", "list_distributions", {}, "DistributionList.Items[]", "Id", None),
    ("wafv2", "list_web_acls", {"Scope": "CLOUDFRONT"}, "WebACLs[]", "Name", None),
    ("route53", "list_hosted_zones", {}, "HostedZones[]", "Name", None),
    ("iam", "list_roles", {}, "Roles[]", "RoleName", lambda r: not r["Path"].startswith("/aws-service-role/")),
    ("iam", "list_instance_profiles", {}, "InstanceProfiles[]", "InstanceProfileName", None),
    ("iam", "list_open_id_connect_providers", {}, "OpenIDConnectProviderList[]", "Arn", None),
    ("budgets", "describe_budgets", {"AccountId": "123456789012"}, "Budgets[]", "BudgetName", None),
]


def main(endpoint, regions):
    for region in regions:
        report(endpoint, region, region, REGIONAL)
        # A key that waits for its deletion costs nothing.
        kms = client(endpoint, region, "kms")
        for key in kms.list_keys()["Keys"]:
            about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            if about["KeyManager"] == "CUSTOMER" and about["KeyState"] != "PendingDeletion":
                print(region, "kms", "keys", about["Description"])
    report(endpoint, "us-east-1", "global", GLOBAL)


def report(endpoint, region, shown, questions):
    for service, operation, parameters, where, name, counts in questions:
        kind = operation.split("_", 1)[1]
        answer = getattr(client(endpoint, region, service), operation)(**parameters)
        for entry in jmespath.search(where, answer) or []:
            if counts is None or counts(entry):
                print(shown, service, kind, jmespath.search(name, entry) if name else entry)


def client(endpoint, region, service):
    return boto3.client(
        service, endpoint_url=endpoint, region_name=region, aws_access_key_id="emulated", aws_secret_access_key="emulated",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, proxies={}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
