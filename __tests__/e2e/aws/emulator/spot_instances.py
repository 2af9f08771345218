"""Instances on spare capacity. Moto starts them as any other and forgets what they were asked to be."""

import uuid

from launch_requests import asked_for
from operations import answers


@answers("ec2", "RunInstances")
def run(call):
    answer = call.moto()
    options = asked_for(call).get("InstanceMarketOptions", {})
    if options.get("MarketType") == "spot":
        for instance in answer["Instances"]:
            call.store("spot")[instance["InstanceId"]] = request(instance, options.get("SpotOptions", {}))
    return marked(call, answer["Instances"], answer)


@answers("ec2", "DescribeInstances")
def describe(call):
    answer = call.moto()
    return marked(call, [i for reservation in answer.get("Reservations", []) for i in reservation["Instances"]], answer)


@answers("ec2", "DescribeSpotInstanceRequests")
def describe_requests(call):
    asked = call.params.get("SpotInstanceRequestIds")
    kept = call.store("spot").values()
    return {"SpotInstanceRequests": [each for each in kept if not asked or each["SpotInstanceRequestId"] in asked]}


@answers("ec2", "CancelSpotInstanceRequests")
def cancel(call):
    asked = call.params["SpotInstanceRequestIds"]
    for each in call.store("spot").values():
        if each["SpotInstanceRequestId"] in asked:
            each["State"] = "cancelled"
    return {"CancelledSpotInstanceRequests": [{"SpotInstanceRequestId": name, "State": "cancelled"} for name in asked]}


def request(instance, options):
    return {
        "SpotInstanceRequestId": f"sir-{uuid.uuid4().hex[:8]}", "InstanceId": instance["InstanceId"], "State": "active",
        "Status": {"Code": "fulfilled", "Message": "Your spot request is fulfilled."},
        "Type": options.get("SpotInstanceType", "one-time"), "SpotPrice": options.get("MaxPrice", "0.05"),
        "InstanceInterruptionBehavior": options.get("InstanceInterruptionBehavior", "terminate")}


def marked(call, instances, answer):
    for instance in instances:
        spot = call.store("spot").get(instance["InstanceId"])
        if spot:
            instance |= {"InstanceLifecycle": "spot", "SpotInstanceRequestId": spot["SpotInstanceRequestId"]}
    return answer
