"""AWS for tests besides S3: moto, with what it gets wrong put right where it is said.

Arguments: the URL of the functions, and a factor for the time of waits. The port
is written to standard output; the server ends with standard input.

A call is of the account that its header x-moto-account-id names. What state machines
call, and the objects that Athena reads, come by the front of the account: a server
that knows AWS's hosts. Paths that begin with /local/ are for the tests themselves.
"""

import copy
import functools
import json
import logging
import os
import re
import sys
import threading
import time
import types
import urllib.parse
import urllib.request

logging.disable(logging.CRITICAL)  # executions that fail are what tests are for

BRIDGE, SCALE = sys.argv[1], float(sys.argv[2])

from moto.core.config import default_user_config

default_user_config["lambda"]["use_docker"] = False
default_user_config["batch"]["use_docker"] = False
default_user_config["stepfunctions"]["execute_state_machine"] = True

import boto3
import moto.stepfunctions.models as models
import moto.stepfunctions.parser.backend.execution as communication
import moto.stepfunctions.parser.asl.component.common.retry.retrier_decl as retrier
import moto.stepfunctions.parser.models as interpreter
from botocore.config import Config
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.responses import EmptyResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.responses import StepFunctionResponse
from werkzeug.serving import WSGIRequestHandler, make_server

# An execution copies its state machine, and a lock cannot be copied.
models.StateMachine.__deepcopy__ = lambda self, memo: copy.copy(self)


# --- Clients ---

FRONTS = {}  # host and port by account
acting = threading.local()  # the account that this thread calls AWS for
making = threading.Lock()


@functools.cache
def shared_client(service, region):
    client = boto3.client(
        service, region_name=region, endpoint_url="http://127.0.0.1:1", aws_access_key_id="a", aws_secret_access_key="b",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=10**6, max_pool_connections=50, s3={"addressing_style": "path"}),
    )
    host = f"{client.meta.service_model.endpoint_prefix}.{region}.amazonaws.com"

    def send(request, **kwargs):
        account = acting.account
        request.url = f"http://{FRONTS.get(account, own)}{request.url[len('http://127.0.0.1:1'):]}"
        request.headers["Host"] = host
        request.headers["x-moto-account-id"] = account

    client.meta.events.register("before-send", send)
    return client


def client(service, region, account=None):
    """A client of an account, that of the thread if there is none."""
    if account:
        acting.account = account
    with making:
        return shared_client(service, region)


def client_of_machine(region, service, state_credentials=None):
    return client(service, region)


for name, module in list(sys.modules.items()):
    if name.startswith("moto.stepfunctions") and hasattr(module, "boto_client_for"):
        module.boto_client_for = client_of_machine


def in_account(task):
    def run(self, env):
        acting.account = env.aws_execution_details.account
        return task(self, env)

    return run


for task in (state_task_service.StateTaskService, state_task_lambda.StateTaskLambda):
    task._eval_execution = in_account(task._eval_execution)


# --- Paths ---

from moto.stepfunctions.parser.asl.utils import json_path


def extract(path, data):
    """Moto makes lists of values behind an index. A path that can be of several values
    gives a list, any other one a value."""
    values = [m.value for m in json_path.parse(path).find(data)]
    names = re.sub(r"\['[^']*'\]", "", path)
    if ".." in names or "*" in names or re.search(r"\[[^\]]*[:,?]", names):
        return values
    if not values:
        raise json_path.NoSuchJsonPathError(json_path=path, data=data)
    return values[0]


for name, module in list(sys.modules.items()):
    if name.startswith("moto.stepfunctions") and hasattr(module, "extract_json"):
        module.extract_json = extract


# --- Errors of branches and items ---

from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl


def error_name(error_name):
    """Moto refuses the interpreter's own errors where a branch or an item has one."""
    if error_name and error_name.startswith("States."):
        return StatesErrorName(StatesErrorNameType.from_name(error_name))
    return CustomErrorName(error_name)


iteration_worker.CustomErrorName = branches_decl.CustomErrorName = error_name


def send_task_failure(self):
    """Moto forgets the cause."""
    self.stepfunction_backend.send_task_failure(self._get_param("taskToken"), error=self._get_param("error"), cause=self._get_param("cause"))
    return EmptyResult()


StepFunctionResponse.send_task_failure = send_task_failure


# --- Functions and waits ---


def invoke(self, function_name, qualifier, body, headers, response_headers):
    """Moto echoes; here the function is called."""
    name = urllib.parse.unquote(function_name).split(":function:")[-1].split(":")[0]
    data = body.encode() if isinstance(body, str) else (body or b"{}")
    request = urllib.request.Request(f"{BRIDGE}/{self.account_id}/{urllib.parse.quote(name)}", data=data, method="POST")
    with urllib.request.urlopen(request) as response:
        if response.headers.get("X-Amz-Function-Error"):
            response_headers["x-amz-function-error"] = response.headers["X-Amz-Function-Error"]
        return response.read()


LambdaSimpleBackend.invoke = invoke

WaitFunction._wait_interval = lambda self, env, wait_seconds: env.program_state_event.wait(wait_seconds * SCALE)
PAUSES = {}  # before an attempt, by execution: [id of the failure's event, seconds]


def pause(seconds):
    env = acting.retrying
    PAUSES.setdefault(env.states.context_object.context_object_data["Execution"]["Id"], []).append([env.event_history_context.source_event_id, seconds])
    time.sleep(seconds * SCALE)


def retry(self, env):
    acting.retrying = env
    return moto_retry(self, env)


moto_retry, retrier.RetrierDecl._eval_body = retrier.RetrierDecl._eval_body, retry
retrier.time = types.SimpleNamespace(sleep=pause)


# --- Athena ---

import athena
from moto.athena.models import AthenaBackend, athena_backends
from moto.athena.responses import AthenaResponse
from moto.glue.models import glue_backends

PAGE = 1000


def start_query(self):
    token, sql = self._get_param("ClientRequestToken"), self._get_param("QueryString")
    backend = self.athena_backend
    tokens = backend.__dict__.setdefault("tokens", {})
    if token in tokens:
        earlier = backend.executions[tokens[token]]
        if earlier.query != sql:
            return self.error("Idempotent parameters do not match", 400)
        return json.dumps({"QueryExecutionId": earlier.id})
    group = backend.work_groups.get(self._get_param("WorkGroup") or "primary")
    if not group:
        return self.error("WorkGroup is not found.", 400)
    location = output_location(group, self._get_param("ResultConfiguration") or {})
    if not location:
        return self.error(
            "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.", 400
        )
    context = self._get_param("QueryExecutionContext") or {}
    parameters = self._get_param("ExecutionParameters")
    query = backend.start_query_execution(sql, context, {"OutputLocation": location}, group.name, parameters)
    execution = backend.executions[query]
    if token:
        tokens[token] = query
    execution.reason, execution.result, execution.scanned = None, ([], []), 0
    acting.account = self.current_account
    s3 = client("s3", self.region)
    try:
        *execution.result, execution.scanned = athena.execute(glue_backends[self.current_account][self.region], s3, sql, context.get("Database"), parameters or [])
        bucket, _, key = execution.config["OutputLocation"].removeprefix("s3://").partition("/")
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=as_csv(*execution.result))
        except Exception as e:
            raise athena.QueryFailed(f"Access denied when writing to location: {execution.config['OutputLocation']}: {e}") from e
        execution.status = "SUCCEEDED"
    except athena.QueryFailed as e:
        execution.status, execution.reason = "FAILED", str(e)
    except Exception as e:  # a mistake of this program
        execution.status, execution.reason = "FAILED", f"GENERIC_INTERNAL_ERROR: {type(e).__name__}: {e}"
    return json.dumps({"QueryExecutionId": query})


def output_location(group, asked):
    own = (group.configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    if group.configuration.get("EnforceWorkGroupConfiguration") or not asked.get("OutputLocation"):
        return own
    return asked["OutputLocation"]


def as_csv(columns, rows):
    quote = lambda v: "" if v is None else '"' + v.replace('"', '""') + '"'
    return "".join(",".join(quote(v) for v in row) + "\n" for row in [[c for c, _ in columns], *rows]).encode()


moto_query_execution = AthenaResponse.get_query_execution


def query_execution(self):
    execution = self.athena_backend.executions.get(self._get_param("QueryExecutionId"))
    if not execution:
        return self.error(f"QueryExecution {self._get_param('QueryExecutionId')} was not found", 400)
    out = json.loads(moto_query_execution(self))
    status = out["QueryExecution"]["Status"]
    if execution.reason:
        status["StateChangeReason"] = execution.reason
        internal = execution.reason.startswith("GENERIC_INTERNAL_ERROR")
        status["AthenaError"] = {"ErrorCategory": 1 if internal else 2, "Retryable": False, "ErrorMessage": execution.reason}
    out["QueryExecution"]["Statistics"]["DataScannedInBytes"] = execution.scanned
    return json.dumps(out)


def query_results(self):
    execution = self.athena_backend.executions.get(self._get_param("QueryExecutionId"))
    if not execution:
        return self.error(f"QueryExecution {self._get_param('QueryExecutionId')} was not found", 400)
    if execution.status != "SUCCEEDED":
        return self.error(f"Query did not finish successfully. Final query state: {execution.status}", 400)
    columns, rows = execution.result
    rows = [[c for c, _ in columns], *rows]
    start, size = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or PAGE)
    info = [
        {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": c, "Label": c, "Type": t, "Precision": 0, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": t == "varchar"}
        for c, t in columns
    ]
    out = {
        "UpdateCount": 0,
        "ResultSet": {
            "Rows": [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in rows[start : start + size]],
            "ResultSetMetadata": {"ColumnInfo": info},
        },
    }
    if start + size < len(rows):
        out["NextToken"] = str(start + size)
    return json.dumps(out)


AthenaResponse.start_query_execution = start_query
AthenaResponse.get_query_execution = query_execution
AthenaResponse.get_query_results = query_results


# --- What tests ask for ---

import check
import resources


terminated = communication.BaseExecutionWorkerCommunication.terminated


def told(self):
    """An execution has its status before its output, error and cause."""
    try:
        terminated(self)
    finally:
        self.execution.told = True


communication.BaseExecutionWorkerCommunication.terminated = told


def events_of(ask):
    """Events of an execution after some, and how it ends. It waits a second for more."""
    execution = next(
        e
        for machine in interpreter.stepfunctions_parser_backends[ask["account"]][ask["region"]].state_machines
        for e in machine.executions
        if e.execution_arn == ask["execution"]
    )
    end = time.monotonic() + 1
    while True:
        # Before the events, or the last ones were missed.
        status = execution.status if getattr(execution, "told", False) else "RUNNING"
        env = execution.exec_worker.env
        history = env.event_manager._history_event_list if env else []
        news = history[ask["after"] :]
        if news or status != "RUNNING" or time.monotonic() > end:
            break
        time.sleep(0.002)
    out = {"events": [event(e) for e in news], "status": status, "pauses": PAUSES.get(ask["execution"], [])}
    if status != "RUNNING":
        out.update({"error": execution.error, "cause": execution.cause, "output": None if execution.output is None else json.dumps(execution.output)})
    return out


def event(e):
    details = next((v for k, v in e.items() if k.endswith("Details") and isinstance(v, dict)), {})
    return {
        "id": e["id"], "previous": e["previousEventId"], "type": str(getattr(e["type"], "value", e["type"])), "name": details.get("name"),
        "index": details.get("index"), "input": details.get("input"), "output": details.get("output"), "error": details.get("error"), "cause": details.get("cause"),
    }


def front(ask):
    FRONTS[ask["account"]] = ask["front"]


def check_answer(ask):
    return check.wrong(ask["service"], ask["operation"], ask["body"])


def make(ask):
    acting.account = ask["account"]
    made = {}
    for i, r in sorted(enumerate(ask["resources"]), key=lambda x: resources.order(x[1]["type"])):
        try:
            made[i] = resources.make(functools.partial(client, region=ask["region"]), r["type"], r["name"], r["properties"])
        except ValueError:
            # Moto knows less of SageMaker than a template may declare. Only those who
            # ask for the resource miss it.
            if not (ask.get("template") and r["type"].startswith("AWS::SageMaker::")):
                raise
            made[i] = False
    return [made[i] for i in range(len(made))]


def contents(ask):
    acting.account = ask["account"]
    return resources.contents(functools.partial(client, region=ask["region"]), ask["account"], ask["region"])


LOCAL = {"/local/front": front, "/local/check": check_answer, "/local/make": make, "/local/contents": contents, "/local/events": events_of}


def with_local(app):
    def serve(environ, start_response):
        answer = LOCAL.get(environ["PATH_INFO"])
        if not answer:
            return app(environ, start_response)
        body = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        try:
            status, out = "200 OK", answer(body)
        except Exception as e:
            status, out = "500 Internal Server Error", f"{type(e).__name__}: {e}"
        text = json.dumps(out, default=str).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
        return [text]

    return serve


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args, **kwargs):
        pass


server = make_server("127.0.0.1", 0, with_local(DomainDispatcherApplication(create_backend_app)), threaded=True, request_handler=Quiet)
own = f"127.0.0.1:{server.server_port}"
os.environ["MOTO_PORT"] = str(server.server_port)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_port, flush=True)
server.serve_forever()
