"""CloudFront's distributions as they were asked for, deployed and deleted at once. Moto drops parts of what it is given,
and invents others."""

import datetime
import secrets

from operations import Refused, answers
from tags import tag, tags_of, untag

# What AWS answers for what it was not told.
UNSAID = {
    "Aliases": {"Quantity": 0}, "OriginGroups": {"Quantity": 0}, "CacheBehaviors": {"Quantity": 0},
    "CustomErrorResponses": {"Quantity": 0}, "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "WebACLId": "", "HttpVersion": "http2", "DefaultRootObject": ""}


@answers("cloudfront", "CreateDistribution", "CreateDistributionWithTags")
def create(call):
    wanted = call.params.get("DistributionConfigWithTags", call.params)
    name = "E" + secrets.token_hex(6).upper()
    arn = f"arn:aws:cloudfront::{call.account}:distribution/{name}"
    tag(arn, wanted.get("Tags", {}).get("Items"))
    return keep(call, {"Id": name, "ARN": arn, "DomainName": f"{name.lower()}.cloudfront.net"}, wanted["DistributionConfig"])


@answers("cloudfront", "UpdateDistribution")
def update(call):
    return keep(call, find(call)["Distribution"], call.params["DistributionConfig"])


@answers("cloudfront", "GetDistribution")
def get(call):
    return find(call)


@answers("cloudfront", "GetDistributionConfig")
def get_config(call):
    found = find(call)
    return {"DistributionConfig": found["Distribution"]["DistributionConfig"], "ETag": found["ETag"]}


@answers("cloudfront", "ListDistributions")
def list_all(call):
    items = [{**each["Distribution"]} for each in call.store("distribution").values()]
    return {"DistributionList": {"Items": items, "Quantity": len(items), "IsTruncated": False, "Marker": "", "MaxItems": 100}}


@answers("cloudfront", "DeleteDistribution")
def delete(call):
    if find(call)["Distribution"]["DistributionConfig"]["Enabled"]:
        raise Refused("DistributionNotDisabled", "The distribution is enabled.", 409)
    call.store("distribution").pop(call.params["Id"])
    return {}


@answers("cloudfront", "ListTagsForResource")
def list_tags(call):
    return {"Tags": {"Items": tags_of(call.params["Resource"])}}


@answers("cloudfront", "TagResource")
def tag_resource(call):
    tag(call.params["Resource"], call.params["Tags"]["Items"])
    return {}


@answers("cloudfront", "UntagResource")
def untag_resource(call):
    untag(call.params["Resource"], call.params["TagKeys"]["Items"])
    return {}


def keep(call, identity, config):
    call.store("distribution")[identity["Id"]] = {
        "Distribution": {
            **identity, "Status": "Deployed", "InProgressInvalidationBatches": 0, "DistributionConfig": {**UNSAID, **config},
            "LastModifiedTime": datetime.datetime.now(datetime.timezone.utc)},
        "ETag": "E" + secrets.token_hex(6).upper()}
    return call.store("distribution")[identity["Id"]]


def find(call):
    if call.params["Id"] not in call.store("distribution"):
        raise Refused("NoSuchDistribution", "The specified distribution does not exist.", 404)
    return call.store("distribution")[call.params["Id"]]
