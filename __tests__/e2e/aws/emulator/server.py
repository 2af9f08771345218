"""Moto's server, with what the real provider asks for and moto lacks or answers wrongly. A stand-in for AWS in tests.

    python server.py PORT

Each other file here stands in for one thing and says for what. The line `listening on PORT` on stdout says that it is ready;
the end of stdin ends it, so that it never outlives the tests.
"""

import importlib
import os
import pathlib
import sys
import threading

# Read by moto when it is imported. Its own images each bring a snapshot, which would look like something left behind.
os.environ |= {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "MOTO_ACM_VALIDATION_WAIT": "1"}

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

import cloudwatch_cbor
import operations

NOT_STAND_INS = {"server", "operations", "cloudwatch_cbor", "remains"}


class Quiet(MotoRequestHandler):
    """Tells only of the requests that failed."""

    def log_request(self, code="-", size="-"):
        if str(code) >= "400":
            target = self.headers.get("X-Amz-Target", "")
            sys.stderr.write(f"{code} {self.command} {self.path} {target}\n")


def main(port):
    folder = pathlib.Path(__file__).parent
    for name in sorted(path.stem for path in folder.glob("*.py") if path.stem not in NOT_STAND_INS):
        importlib.import_module(name)
    moto = DomainDispatcherApplication(create_backend_app)
    moto.debug = True
    application = one_at_a_time(answered_once(cloudwatch_cbor.translated(operations.dispatcher(moto))))
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet)
    print(f"listening on {server.port}", flush=True)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    server.serve_forever()


def one_at_a_time(application):
    """Moto's tables are not made for threads: a request that failed halfway is repeated, and finds what it had made."""
    lock = threading.Lock()

    def serialized(environ, start_response):
        with lock:
            return list(application(environ, start_response))

    return serialized


def answered_once(application):
    """Gives the answer once more that was lost on its way: a client that heard nothing sends the same invocation again.
    Moto would refuse to make what it has made already, or to delete what is gone."""
    kept = {}

    def remembering(environ, start_response):
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if invocation in kept:
            status, headers, body = kept[invocation]
            start_response(status, headers)
            return body
        said = {}

        def keep(status, headers, exc_info=None):
            said.update(status=status, headers=headers)
            return start_response(status, headers, exc_info)

        body = list(application(environ, keep))
        if invocation and said["status"].startswith("2"):
            kept[invocation] = said["status"], said["headers"], body
            if len(kept) > 500:
                del kept[next(iter(kept))]
        return body

    return remembering


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
