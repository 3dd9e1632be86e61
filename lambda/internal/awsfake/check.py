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


def wrong(service, operation, body):
    """What is wrong with the body of a response, "" if nothing is."""
    shape = model(service).operation_model(operation).output_shape
    value = json.loads(body)
    report = ParamValidator().validate(value, shape)
    return report.generate_report() if report.has_errors() else "; ".join(enums(shape, value, "$"))


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(wrong(*json.loads(line))), flush=True)
