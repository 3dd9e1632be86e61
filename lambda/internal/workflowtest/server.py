"""Step Functions for tests: moto's interpreter, with functions that are elsewhere.

Arguments: the URL of the functions, and a factor for the time of waits. The port
is written to standard output; the server ends with standard input. What moto gets
wrong is put right where it is said.
"""

import copy
import logging
import os
import sys
import threading
import types
import urllib.request

logging.disable(logging.CRITICAL)  # executions that fail are what tests are for

BRIDGE, SCALE = sys.argv[1], float(sys.argv[2])

from moto.core.config import default_user_config

default_user_config["lambda"]["use_docker"] = False
default_user_config["batch"]["use_docker"] = False
default_user_config["stepfunctions"]["execute_state_machine"] = True

import moto.stepfunctions.models as models
import moto.stepfunctions.parser.asl.component.common.retry.retrier_decl as retrier
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from werkzeug.serving import WSGIRequestHandler, make_server

# An execution copies its state machine, and a lock cannot be copied.
models.StateMachine.__deepcopy__ = lambda self, memo: copy.copy(self)


def invoke(self, function_name, qualifier, body, headers, response_headers):
    """Moto echoes; here the function is called."""
    name = function_name.split(":function:")[-1].split(":")[0]
    data = body.encode() if isinstance(body, str) else (body or b"{}")
    with urllib.request.urlopen(urllib.request.Request(f"{BRIDGE}/{name}", data=data, method="POST")) as response:
        if response.headers.get("X-Amz-Function-Error"):
            response_headers["x-amz-function-error"] = response.headers["X-Amz-Function-Error"]
        return response.read()


LambdaSimpleBackend.invoke = invoke

WaitFunction._wait_interval = lambda self, env, wait_seconds: env.program_state_event.wait(wait_seconds * SCALE)
sleep = retrier.time.sleep
retrier.time = types.SimpleNamespace(sleep=lambda seconds: sleep(seconds * SCALE))


class Quiet(WSGIRequestHandler):
    def log_request(self, *args, **kwargs):
        pass


server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Quiet)
os.environ["MOTO_PORT"] = str(server.server_port)  # where the interpreter calls functions
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_port, flush=True)
server.serve_forever()
