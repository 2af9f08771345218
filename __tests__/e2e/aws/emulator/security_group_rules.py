"""Descriptions of security-group rules for another group or a prefix list. Moto keeps those of address ranges only."""

from operations import answers


@answers("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(call):
    answer = call.moto()
    for permission in call.params.get("IpPermissions", []):
        for peer in permission.get("UserIdGroupPairs", []) + permission.get("PrefixListIds", []):
            for rule in answer["SecurityGroupRules"]:
                call.store("description")[rule["SecurityGroupRuleId"]] = peer.get("Description")
    return answer


@answers("ec2", "ModifySecurityGroupRules")
def modify(call):
    answer = call.moto()
    for rule in call.params["SecurityGroupRules"]:
        call.store("description")[rule["SecurityGroupRuleId"]] = rule["SecurityGroupRule"].get("Description")
    return answer


@answers("ec2", "DescribeSecurityGroupRules")
def describe(call):
    answer = call.moto()
    for rule in answer["SecurityGroupRules"]:
        if not rule.get("Description"):
            rule["Description"] = call.store("description").get(rule["SecurityGroupRuleId"])
    return answer
