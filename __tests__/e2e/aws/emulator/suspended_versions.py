"""Versions of objects in a bucket whose versioning was suspended: they stay, and go one by one. Moto breaks on them."""

from moto.s3.models import S3Backend

_delete_object = S3Backend.delete_object


def delete_object(backend, bucket_name, key_name, version_id=None, bypass=False):
    bucket = backend.get_bucket(bucket_name)
    if version_id is None or bucket.versioning_status != "Suspended":
        return _delete_object(backend, bucket_name, key_name, version_id=version_id, bypass=bypass)
    bucket.versioning_status = "Enabled"
    try:
        return _delete_object(backend, bucket_name, key_name, version_id=version_id, bypass=bypass)
    finally:
        bucket.versioning_status = "Suspended"


S3Backend.delete_object = delete_object
