"""Tags that a bucket is created with. Moto keeps only those that are set later."""

from moto.s3.models import s3_backends

from operations import answers


@answers("s3", "CreateBucket")
def create_bucket(call):
    answer = call.moto()
    tags = call.params.get("CreateBucketConfiguration", {}).get("Tags", [])
    s3_backends[call.account]["aws"].put_bucket_tagging(call.params["Bucket"], {tag["Key"]: tag["Value"] for tag in tags})
    return answer
