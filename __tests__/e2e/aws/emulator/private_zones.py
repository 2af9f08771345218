"""Zones of Route 53 that belong to a VPC. Moto takes them for public ones and hides their VPC."""

from moto.route53.models import route53_backends

from operations import answers


@answers("route53", "CreateHostedZone")
def create(call):
    answer = call.moto()
    if "VPC" in call.params:
        zone = route53_backends[call.account]["aws"].zones[answer["HostedZone"]["Id"].rpartition("/")[2]]
        zone.private_zone = True
        zone.add_vpc(call.params["VPC"]["VPCId"], call.params["VPC"]["VPCRegion"])
    return answer
