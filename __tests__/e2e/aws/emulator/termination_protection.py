"""Instances that are protected from termination since their start. Moto protects those only that are told so later."""

from moto.ec2.models import ec2_backends

from launch_requests import asked_for
from operations import answers


@answers("ec2", "RunInstances")
def run(call):
    answer = call.moto()
    for each in answer["Instances"]:
        instance = ec2_backends[call.account][call.region].get_instance(each["InstanceId"])
        instance.disable_api_termination = asked_for(call).get("DisableApiTermination", False)
    return answer
