"""CloudFront's cache policies and response-headers policies. Moto has neither."""

import datetime
import uuid

from operations import Refused, answers

NAMES = {"CachePolicy": "NoSuchCachePolicy", "ResponseHeadersPolicy": "NoSuchResponseHeadersPolicy"}


def answer_for(kind, absent):
    """The operations of one kind of policy; all kinds are alike."""

    def described(policy):
        return {kind: {"Id": policy["Id"], "LastModifiedTime": policy["time"], f"{kind}Config": policy["config"]},
                "ETag": policy["etag"]}

    def find(call):
        if call.params["Id"] not in call.store(kind):
            raise Refused(absent, "The policy does not exist.", 404)
        return call.store(kind)[call.params["Id"]]

    def keep(call, name):
        call.store(kind)[name] = {
            "Id": name, "config": call.params[f"{kind}Config"], "etag": "E" + uuid.uuid4().hex[:12].upper(),
            "time": datetime.datetime.now(datetime.timezone.utc)}
        return described(call.store(kind)[name])

    @answers("cloudfront", f"Create{kind}")
    def create(call):
        return keep(call, str(uuid.uuid4()))

    @answers("cloudfront", f"Update{kind}")
    def update(call):
        return keep(call, find(call)["Id"])

    @answers("cloudfront", f"Get{kind}")
    def get(call):
        return described(find(call))

    @answers("cloudfront", f"Delete{kind}")
    def delete(call):
        call.store(kind).pop(find(call)["Id"])
        return {}


for kind, absent in NAMES.items():
    answer_for(kind, absent)
