"""IPv6 blocks of subnets: a filter that moto lacks, and their state, which it wraps once too often."""

from moto.ec2.models.subnets import Subnet

from operations import answers

_filter_value = Subnet.get_filter_value


def get_filter_value(subnet, filter_name, method_name=None):
    if filter_name == "ipv6-cidr-block-association.association-id":
        return list(subnet.ipv6_cidr_block_associations)
    return _filter_value(subnet, filter_name, method_name)


Subnet.get_filter_value = get_filter_value


@answers("ec2", "DescribeSubnets")
def describe(call):
    answer = call.moto()
    for subnet in answer["Subnets"]:
        # Moto lists those that are associated, and no others.
        for association in subnet.get("Ipv6CidrBlockAssociationSet", []):
            association["Ipv6CidrBlockState"] = {"State": "associated"}
    return answer
