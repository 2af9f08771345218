"""Tags by ARN, for services whose tags moto does not keep, or keeps for some resources only."""

from collections import defaultdict

from operations import answers

_by_arn = defaultdict(dict)


def tag(arn, tags):
    _by_arn[arn] |= {tag["Key"]: tag["Value"] for tag in tags or []}


def untag(arn, keys):
    for key in keys:
        _by_arn[arn].pop(key, None)


def tags_of(arn):
    return [{"Key": key, "Value": value} for key, value in sorted(_by_arn[arn].items())]


@answers("elasticache", "ListTagsForResource")
def list_tags(call):
    return {"TagList": tags_of(call.params["ResourceName"])}


@answers("elasticache", "AddTagsToResource")
def add_tags(call):
    tag(call.params["ResourceName"], call.params["Tags"])
    return list_tags(call)


@answers("elasticache", "RemoveTagsFromResource")
def remove_tags(call):
    untag(call.params["ResourceName"], call.params["TagKeys"])
    return list_tags(call)
