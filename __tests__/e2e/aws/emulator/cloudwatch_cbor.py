"""CloudWatch's newer protocol (Smithy RPC v2 with CBOR), which the provider speaks and moto does not.

A request is handed on as the JSON that moto answers, its answer goes back as CBOR.
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

import datetime
import io
import json

import cbor2
from moto.core.utils import get_service_model

PATH = "/service/GraniteServiceVersion20100801/operation/"
EPOCH_TAG = 1


def translated(application):
    """The application, that also understands CloudWatch in CBOR."""

    def over_cbor(environ, start_response):
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PATH):
            return application(environ, start_response)
        operation = path.removeprefix(PATH)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        got = {}
        chunks = application(
            _as_json(environ, operation, body), lambda status, headers, exc_info=None: got.update(status=status))
        answer = json.loads(b"".join(chunks) or b"{}")
        if got["status"].startswith("2"):
            answer = _typed(answer, get_service_model("cloudwatch").operation_model(operation).output_shape)
        packed = cbor2.dumps(answer or {})
        start_response(got["status"], [
            ("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), ("Content-Length", str(len(packed)))])
        return [packed]

    return over_cbor


def _as_json(environ, operation, body):
    plain = json.dumps(cbor2.loads(body) if body else {}, default=_seconds).encode()
    return {
        **environ, "PATH_INFO": "/", "REQUEST_URI": "/", "RAW_URI": "/", "CONTENT_TYPE": "application/x-amz-json-1.0",
        "CONTENT_LENGTH": str(len(plain)), "wsgi.input": io.BytesIO(plain),
        "HTTP_X_AMZ_TARGET": f"GraniteServiceVersion20100801.{operation}"}


def _seconds(value):
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    raise TypeError(f"{value!r} has no place in a request to CloudWatch")


def _typed(value, shape):
    """JSON has one kind of number and no time; CBOR clients insist on floats and on tagged times."""
    if value is None or shape is None:
        return value
    if shape.type_name == "structure":
        return {k: _typed(v, shape.members.get(k)) for k, v in value.items() if v is not None}
    if shape.type_name == "list":
        return [_typed(v, shape.member) for v in value]
    if shape.type_name == "timestamp":
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        return cbor2.CBORTag(EPOCH_TAG, float(value))
    return float(value) if shape.type_name in ("double", "float") else value
