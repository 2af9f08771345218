"""Launch templates. Moto keeps the tags of a template itself among those that it gives to what is launched from it."""

from operations import answers


@answers("ec2", "DescribeLaunchTemplateVersions")
def describe(call):
    answer = call.moto()
    for version in answer["LaunchTemplateVersions"]:
        data = version["LaunchTemplateData"]
        specifications = data.get("TagSpecifications", [])
        data["TagSpecifications"] = [each for each in specifications if each["ResourceType"] != "launch-template"]
    return answer
