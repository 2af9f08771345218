"""CloudFront's functions, that are made, then published. Moto makes them and cannot publish or change them."""

import datetime
import uuid

from operations import Refused, answers


@answers("cloudfront", "CreateFunction")
def create(call):
    return described(keep(call))


@answers("cloudfront", "UpdateFunction")
def update(call):
    find(call)
    return described(keep(call))


@answers("cloudfront", "PublishFunction")
def publish(call):
    development = find(call)
    call.store("LIVE")[call.params["Name"]] = {**development, "stage": "LIVE"}
    return {"FunctionSummary": described(call.store("LIVE")[call.params["Name"]])["FunctionSummary"]}


@answers("cloudfront", "DescribeFunction")
def describe(call):
    return described(find(call))


@answers("cloudfront", "GetFunction")
def get(call):
    function = find(call)
    return {"FunctionCode": function["code"], "ETag": function["etag"], "ContentType": "application/octet-stream"}


@answers("cloudfront", "DeleteFunction")
def delete(call):
    find(call)
    call.store("DEVELOPMENT").pop(call.params["Name"])
    call.store("LIVE").pop(call.params["Name"], None)
    return {}


def keep(call):
    name = call.params["Name"]
    now = datetime.datetime.now(datetime.timezone.utc)
    function = {
        "name": name, "config": call.params["FunctionConfig"], "code": call.params["FunctionCode"], "stage": "DEVELOPMENT",
        "etag": "E" + uuid.uuid4().hex[:12].upper(), "created": now,
        "arn": f"arn:aws:cloudfront::{call.account}:function/{name}"}
    call.store("DEVELOPMENT")[name] = function
    return function


def find(call):
    found = call.store(call.params.get("Stage") or "DEVELOPMENT").get(call.params["Name"])
    if found is None:
        raise Refused("NoSuchFunctionExists", "The specified function does not exist.", 404)
    return found


def described(function):
    return {
        "FunctionSummary": {
            "Name": function["name"], "Status": "UNASSOCIATED", "FunctionConfig": function["config"],
            "FunctionMetadata": {
                "FunctionARN": function["arn"], "Stage": function["stage"], "CreatedTime": function["created"],
                "LastModifiedTime": function["created"]}},
        "ETag": function["etag"]}
