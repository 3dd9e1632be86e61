"""Says what is wrong with responses, by the service models of botocore.

Each line of standard input is a service, an operation and the body of a response,
as JSON; the answer is a line of JSON, an empty text if nothing is wrong. The end
of standard input ends it.
"""

import functools
import json
import sys

import botocore.session
from botocore.validate import ParamValidator

model = functools.cache(botocore.session.get_session().get_service_model)


def enums(shape, value, path):
    """What ParamValidator does not look at: the values of enumerations."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from enums(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from enums(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


for line in sys.stdin:
    service, operation, body = json.loads(line)
    shape = model(service).operation_model(operation).output_shape
    report = ParamValidator().validate(json.loads(body), shape)
    wrong = report.generate_report() if report.has_errors() else "; ".join(enums(shape, json.loads(body), "$"))
    print(json.dumps(wrong), flush=True)
