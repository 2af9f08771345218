"""Answers single operations of AWS beside moto, in the terms of AWS's own service models.

A file of this folder says `@answers('dlm', 'CreateLifecyclePolicy')` over a function from a Call to the answer, a dict as
boto3 would return it. `call.moto()` is what moto answers, for a function that only sets it right; more than one may do so. Requests are parsed and
answers are written with moto's own parsers and serializers, so that the protocols (query, JSON, REST) concern nobody here.
"""

import functools
import io
import re
import sys
from collections import defaultdict

from botocore.parsers import create_parser
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import NotFound, get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

ACCOUNT = "123456789012"
# The name that requests are signed for, where it is not the name of the service's model.
SIGNED_AS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2"}
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")

_handlers = defaultdict(list)
_state = defaultdict(dict)


def answers(service, *operations):
    """Registers a function for operations of a service."""

    def register(function):
        for operation in operations:
            _handlers[service, operation].append(function)
        return function

    return register


class Refused(ServiceException):
    """What AWS answers with, when it does not do what it was asked: `Refused('NoSuchThing', 'why', 404)`."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


class Call:
    """One request: whose (`account`, `region`), for what (`service`, `operation`), with which parameters (`params`)."""

    def __init__(self, request, service, operation, region, ask_moto):
        self.service, self.operation, self.region, self.account = service, operation.name, region, ACCOUNT
        self._request, self._model, self._ask_moto = request, operation, ask_moto
        self._others = list(_handlers.get((service, operation.name), ()))

    @functools.cached_property
    def params(self):
        service = self._model.service_model
        # The placeholders of the path, for the protocols that have them.
        placeholders = {} if "requestUri" not in self._model.http else _route(service, self._request)[1]
        parser = PROTOCOL_PARSERS[_protocol(self)](self._model)
        request = self._request
        return parser.parse({
            "method": request.method, "values": request.values, "headers": request.headers,
            "body": request.get_data(), "url_path": request.path, "url_params": placeholders,
        }) or {}

    def moto(self):
        """Moto's answer, set right by the other functions for it. Raises when moto refuses; its refusal then is the answer."""
        if self._others:
            return self._others.pop()(self)
        status, headers, body = self._ask_moto()
        if int(status[:3]) >= 300:
            raise MotoRefused(status, headers, body)
        parsed = create_parser(_protocol(self)).parse(
            {"status_code": int(status[:3]), "headers": {k.lower(): v for k, v in headers}, "body": body},
            self._model.output_shape)
        parsed.pop("ResponseMetadata", None)
        return parsed

    def store(self, kind):
        """What is kept here of a kind, in this region: a dict that lives as long as the server."""
        return _state[self.service, self.region, kind]


class MotoRefused(Exception):
    """An answer of moto that is passed on as it is."""

    def __init__(self, status, headers, body):
        super().__init__(status)
        self.answer = status, headers, body


def dispatcher(moto):
    """The WSGI application that asks the functions here first, then moto."""

    def application(environ, start_response):
        call = _call(environ, moto)
        if call is None or (call.service, call.operation) not in _handlers:
            return _moto_or_501(moto, environ, start_response)
        try:
            answer = call.moto()
        except MotoRefused as refused:
            status, headers, body = refused.answer
            start_response(status, headers)
            return [body]
        except ServiceException as refused:
            answer = refused
        status, headers, body = _serialized(call, answer)
        start_response(status, headers)
        return [body]

    return application


def _moto_or_501(moto, environ, start_response):
    """What nobody has is refused in a way that clients do not try again, as they do after a 500."""
    try:
        return moto(environ, start_response)
    except NotImplementedError as lacking:
        sys.stderr.write(f"lacking: {environ.get('HTTP_AUTHORIZATION', '')[:80]} {lacking}\n")
        start_response("501 Not Implemented", [("Content-Type", "text/plain")])
        return [str(lacking).encode()]


def _call(environ, moto):
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if not scope:
        return None
    region, name = scope.groups()
    service = SIGNED_AS.get(name, name)
    if not any(known == service for known, _ in _handlers) or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    request = Request({**environ, "wsgi.input": io.BytesIO(body)})
    model = get_service_model(service)
    operation = _operation(model, request)

    def ask_moto():
        got = {}
        again = {**environ, "wsgi.input": io.BytesIO(body)}
        chunks = moto(again, lambda status, headers, exc_info=None: got.update(status=status, headers=headers))
        return got["status"], got["headers"], b"".join(chunks)

    return operation and Call(request, service, operation, region, ask_moto)


def _operation(model, request):
    target = request.headers.get("X-Amz-Target", "")
    name = target.rpartition(".")[2] or request.values.get("Action")
    if name:
        return model.operation_model(name)
    return _route(model, request)[0]


def _route(model, request):
    try:
        return get_service_router(model.service_name).match(request)
    except (NotFound, NotImplementedError):
        return None, {}


def _protocol(call):
    return determine_request_protocol(call._model.service_model, call._request.content_type or "")


def _serialized(call, answer):
    serializer = get_serializer_class(call.service, _protocol(call))(operation_model=call._model)
    written = serializer.serialize(answer)
    status = getattr(answer, "status", None) or written["status_code"]
    body = written["body"]
    body = body if isinstance(body, bytes) else (body or "").encode()
    headers = [(str(k), str(v)) for k, v in written["headers"].items() if k.lower() != "content-length"]
    return f"{status} {'OK' if status < 300 else 'Refused'}", [*headers, ("Content-Length", str(len(body)))], body
