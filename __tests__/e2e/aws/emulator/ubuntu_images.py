"""Canonical's images of Ubuntu and the public parameters that name the newest. Moto has neither."""

import re

from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami

from operations import answers

PARAMETER = re.compile(r"/aws/service/canonical/ubuntu/server/([\d.]+)/stable/current/(amd64|arm64)/hvm/ebs-gp3/ami-id")
CANONICAL = "099720109477"


@answers("ssm", "GetParameter")
def get_parameter(call):
    name = call.params["Name"]
    public = PARAMETER.fullmatch(name)
    if not public:
        return call.moto()
    return {"Parameter": {
        "Name": name, "Type": "String", "Value": image(call, *public.groups()), "Version": 1,
        "ARN": f"arn:aws:ssm:{call.region}::parameter{name}", "DataType": "aws:ec2:image"}}


def image(call, release, architecture):
    images = ec2_backends[call.account][call.region].amis
    ami = f"ami-0{'a' if architecture == 'arm64' else 'b'}{release.replace('.', ''):0<15}"
    if ami not in images:
        images[ami] = Ami(
            ec2_backends[call.account][call.region], ami, name=f"ubuntu/images/hvm-ssd-gp3/ubuntu-{release}-{architecture}-server",
            architecture="arm64" if architecture == "arm64" else "x86_64", root_device_name="/dev/sda1", owner_id=CANONICAL,
            public=True, virtualization_type="hvm", root_device_type="ebs", region_name=call.region)
    return ami
