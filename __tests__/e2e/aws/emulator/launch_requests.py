"""What an instance is to be like: what its launch template says, and over it what the request says. For other files here."""

from moto.ec2.models import ec2_backends


def asked_for(call):
    template = call.params.get("LaunchTemplate")
    if template is None:
        return call.params
    backend = ec2_backends[call.account][call.region]
    if "LaunchTemplateId" in template:
        found = backend.get_launch_template(template["LaunchTemplateId"])
    else:
        found = backend.get_launch_template_by_name(template["LaunchTemplateName"])
    return {**found.get_version(template.get("Version", "$Default")).data, **call.params}
