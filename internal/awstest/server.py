"""AWS for tests: moto, with what it lacks for CloudFormation hooks.

Requests and responses of CloudFormation are checked against the service model of
botocore. The port is written to standard output; the server ends with standard
input. POST /_seed takes what tests put in place.
"""

import copy
import json
import os
import pickle
import sys
import threading
import warnings

os.environ["VALIDATE_LAMBDA_S3"] = "true"

import botocore.session
import moto.kms.responses as kms
import yaml
from botocore.validate import ParamValidator
from moto.awslambda.models import LambdaFunction, LambdaVersion
from moto.awslambda.utils import get_backend as lambda_backend
from moto.cloudformation import exceptions, models, parsing, responses
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

warnings.simplefilter("ignore")

MODEL = botocore.session.get_session().get_service_model("cloudformation")
PAGE = 2  # so few that every list has pages


class Refused(exceptions.CloudFormationError):
    """An error that CloudFormation answers."""

    def __init__(self, code, message):
        self.code = code
        super().__init__(message)


def check(shape, document, what):
    report = ParamValidator().validate(document, shape)
    if report.has_errors():
        raise Refused("ValidationError", f"{what}: {report.generate_report()}")


# --- Templates: what moto gets wrong -------------------------------------------


parsed_yaml = yaml.load
PARSED = {}


def load(text, Loader):
    """Parse a template once: moto does it for every call, and that is nine tenths of its time."""
    if text not in PARSED:
        PARSED[text] = pickle.dumps(parsed_yaml(text, Loader=Loader))
    return pickle.loads(PARSED[text])


yaml.load = load


def drop_no_value(original):
    """AWS::NoValue in a list is no element."""

    def clean(document, resources):
        if isinstance(document, list):
            found = [clean(item, resources) for item in document]
            return [item for item in found if item is not None]
        return original(document, resources)

    return clean


parsing.clean_json = drop_no_value(parsing.clean_json)


LambdaVersion.get_cfn_attribute = lambda self, name: str(self.version)
LambdaVersion.physical_resource_id = property(lambda self: str(self.version))
LambdaVersion.has_cfn_attr = classmethod(lambda cls, name: True)
LambdaVersion.delete = lambda self, account, region: None  # goes with the function


described_function = LambdaFunction.get_configuration


def get_configuration(self, *args, **kwargs):
    """Numbers in an environment are texts."""
    out = described_function(self, *args, **kwargs)
    names = out.get("Environment", {}).get("Variables", {})
    out.get("Environment", {})["Variables"] = {name: str(value) for name, value in names.items()}
    return out


LambdaFunction.get_configuration = get_configuration
kms.validate_policy = lambda *a: None  # a key of a template has its policy as a document, not as text

__name__ = "moto.awstest.server"  # moto reads the name of a service from that of a class's module


class Plain(CloudFormationModel):
    """A resource without a service behind it."""

    def __init__(self, name):
        self.name = name

    @property
    def physical_resource_id(self):
        return self.name

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, name):
        return self.name

    def delete(self, account, region):
        pass

    @classmethod
    def create_from_cloudformation_json(cls, name, document, account, region, **_):
        made = cls(name)
        made.put(document["Properties"], account, region)
        return made

    @classmethod
    def update_from_cloudformation_json(cls, resource, name, document, account, region):
        resource.put(document["Properties"], account, region)
        return resource

    def put(self, properties, account, region):
        pass


class BucketPolicy(Plain, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::S3::BucketPolicy"


class QueuePolicy(Plain, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::SQS::QueuePolicy"


class Alias(Plain, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::Alias"

    def put(self, properties, account, region):
        backend = lambda_backend(account, region)
        put = backend.update_alias if self.name.startswith("arn:") else backend.create_alias
        self.name = put(properties["Name"], properties["FunctionName"], str(properties["FunctionVersion"]), "", None).arn


class LambdaHook(Plain, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::CloudFormation::LambdaHook"

    def put(self, properties, account, region):
        alias = properties["Alias"]
        if alias.startswith("Fail::"):
            raise exceptions.ValidationError(message="the alias is refused")
        kept = ("FailureMode", "TargetOperations", "TargetFilters", "StackFilters")
        hook = {name: properties[name] for name in kept if name in properties}
        for owner, name in ((hook, "TargetOperations"), (hook["TargetFilters"], "Actions")):
            if isinstance(owner[name], str):  # moto does not split the default of a list
                owner[name] = owner[name].split(",")
        hook["HookInvocationStatus"] = properties["HookStatus"]
        hook["Properties"] = {"LambdaFunction": properties["LambdaFunction"]}
        r = registry(account, region)
        found = r.types.get(alias) or r.add(alias, "AWS::Hooks::LambdaHook")
        found["configuration"] = json.dumps({"CloudFormationConfiguration": {"HookConfiguration": hook}})
        self.name, self.alias = found["arn"], alias

    def delete(self, account, region):
        registry(account, region).types.pop(self.alias, None)


for model in (BucketPolicy, QueuePolicy, Alias, LambdaHook):
    parsing.get_model_list().append(model)


# --- Stacks ---------------------------------------------------------------------


def resolved(stack, template):
    """The resources of a template as they would be made now."""
    resources = stack.resource_map
    return {
        name: parsing.clean_json(copy.deepcopy(r.get("Properties", {})), resources)
        for name, r in template["Resources"].items()
        if name in resources._parsed_resources
    }


def text(value):
    return ",".join(value) if isinstance(value, list) else str(value)


def values(template, parameters):
    found = {n: p.get("Default") for n, p in template.get("Parameters", {}).items()}
    found.update(parameters)
    return {n: "" if v is None else text(v) for n, v in found.items()}


Stack, Backend, Response = models.Stack, models.CloudFormationBackend, responses.CloudFormationResponse
Stack.stack_parameters = property(lambda self: {k: text(v) for k, v in self.resource_map.resolved_parameters.items()})
Stack.parameter_list = property(
    lambda self: [{"ParameterKey": k, "ParameterValue": v} for k, v in self.stack_parameters.items()]
)
Response._validate_different_update = lambda *a: None
Stack.has_parameters = lambda self, other: values(self.template_dict, self.parameters) == values(self.template_dict, other)
made_change_set = Backend.create_change_set
deleted_stack = Backend.delete_stack


def create_change_set(self, stack_name, change_set_name, template, parameters, description, change_set_type, **more):
    named = [s for s in self.stacks.values() if s.name == stack_name]
    for found in list(self.change_sets.values()):
        if found.change_set_name == change_set_name and found.stack in named:
            raise Refused("AlreadyExistsException", f"ChangeSet {change_set_name} exists")
    if change_set_type == "CREATE":
        for found in named:
            if found.status != "REVIEW_IN_PROGRESS":
                raise exceptions.ValidationError(message=f"Stack {stack_name} already exists")
            self.stacks.pop(found.stack_id)
            for key in [k for k, c in self.change_sets.items() if c.stack is found]:
                self.change_sets.pop(key)
    elif named and named[0].status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
        raise exceptions.ValidationError(message=f"Stack {stack_name} is in {named[0].status} and cannot be updated")
    unknown = set(parameters) - set(Stack.parse_template(template).get("Parameters", {}))
    if unknown:
        raise exceptions.ValidationError(message=f"Parameters {sorted(unknown)} do not exist in the template")
    return made_change_set(self, stack_name, change_set_name, template, parameters, description, change_set_type, **more)


def execute_change_set(self, change_set_name, stack_name=None):
    change = self.describe_change_set(change_set_name)
    stack, verb = self.stacks[change.stack_id], change.change_set_type
    before = (stack.template, stack.parameters)
    stack._add_stack_event(f"{verb}_IN_PROGRESS", "User Initiated")
    try:
        put_stack(stack, change.template, {k: text(v) for k, v in change.parameters.items()}, verb)
        stack.status = f"{verb}_COMPLETE"
    except exceptions.ValidationError as failure:
        stack._add_stack_event(f"{verb}_FAILED", failure.message)
        if verb == "UPDATE":
            put_stack(stack, *before, verb)
        stack.status = "ROLLBACK_COMPLETE" if verb == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
    stack._add_stack_event(stack.status)
    self.change_sets.pop(change.change_set_id)


def put_stack(stack, template, parameters, verb):
    old = stack.resource_map
    was = resolved(stack, stack.template_dict) if verb == "UPDATE" else {}
    stack.template, stack.parameters = template, parameters
    stack._parse_template()
    resources = stack._create_resource_map()
    stack.resource_map = resources
    if verb == "CREATE":
        resources.create(stack.template_dict)
    else:
        for name in stack.template_dict["Resources"]:
            if name in old._parsed_resources:
                resources._parsed_resources[name] = old._parsed_resources[name]
        for name, document in stack.template_dict["Resources"].items():
            update(resources, name, document, was)
    stack.output_map = stack._create_output_map()


def update(resources, name, document, was):
    if name not in resources._parsed_resources:
        resources[name]
        return
    now = parsing.clean_json(copy.deepcopy(document.get("Properties", {})), resources)
    if now == was.get(name):
        return
    found = resources._parsed_resources[name]
    where = (resources._account_id, resources._region_name)
    if isinstance(found, LambdaVersion):
        resources._parsed_resources.pop(name)
        resources[name]
    elif isinstance(found, (Plain, models.CloudFormationModel)) and hasattr(found, "update_configuration"):
        found.update_configuration(now)
        found.update_function_code(now["Code"])
    elif isinstance(found, Plain):
        found.put(now, *where)


def delete_stack(self, name):
    found = [s for s in self.stacks.values() if name in (s.name, s.stack_id)]
    for stack in found:
        made = dict(stack.resource_map._parsed_resources)
        deleted_stack(self, stack.stack_id)
        stack.left = [
            (n, getattr(made[n], "physical_resource_id", n), r["Type"], r.get("DeletionPolicy") == "Retain")
            for n, r in stack.resource_map._resource_json_map.items()
            if made.get(n) is not None
        ]


def list_stack_resources(self):
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    found = getattr(stack, "left", None)
    if found is None:
        kinds = stack.template_dict["Resources"]
        there = [(name, stack.resource_map._parsed_resources.get(name), kinds[name]["Type"]) for name in kinds]
        summaries = [
            {
                "LogicalResourceId": name, "PhysicalResourceId": made.physical_resource_id, "ResourceType": kind,
                "ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": utcnow(),
            }
            for name, made, kind in there
            if made is not None and made.physical_resource_id
        ]
        return ActionResult(paged(self, "StackResourceSummaries", summaries))
    summaries = [
        {
            "LogicalResourceId": name, "PhysicalResourceId": physical, "ResourceType": kind,
            "ResourceStatus": "DELETE_SKIPPED" if kept else "DELETE_COMPLETE", "LastUpdatedTimestamp": utcnow(),
        }
        for name, physical, kind, kept in found
    ]
    return ActionResult(paged(self, "StackResourceSummaries", summaries))


Backend.create_change_set, Backend.execute_change_set = create_change_set, execute_change_set
Backend.delete_stack, Response.list_stack_resources = delete_stack, list_stack_resources


def paged(response, name, items):
    start = int(response._get_param("NextToken") or 0)
    out = {name: items[start : start + PAGE]}
    if start + PAGE < len(items):
        out["NextToken"] = str(start + PAGE)
    return out


# --- StackSets: organizational units ------------------------------------------------

StackSet, Instances = models.StackSet, models.StackInstances
made_dict = models.StackInstance.to_dict


def create_instances(self, accounts, regions, parameters, targets, permission_model):
    """Two accounts are in every unit. What they deploy is not made."""
    for unit in targets["OrganizationalUnitIds"]:
        for region in regions:
            for account in unit_accounts(unit):
                if self.get_instance(account, region) is None:
                    self.stack_instances.append(Instance(self, unit, account, region))
    return []


def unit_accounts(unit):
    number = sum(ord(c) * (i + 1) for i, c in enumerate(unit)) * 10
    return [f"{number + i:012d}" for i in (1, 2)]


class Instance:
    def __init__(self, owner, unit, account, region):
        self.owner, self.unit, self.account_id, self.region_name, self.status = owner, unit, account, region, "CURRENT"

    def to_dict(self):
        return {
            "StackSetId": self.owner.stackset_id, "Region": self.region_name, "Account": self.account_id,
            "OrganizationalUnitId": self.unit, "Status": self.status,
        }


Instances.create_instances = create_instances


def list_stack_instances(self):
    found = self.cloudformation_backend.list_stack_instances(self._get_param("StackSetName"))
    return ActionResult(paged(self, "Summaries", found))


def update_stack_set(self):
    """The instances of the targets get the template, the others are outdated."""
    found = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
    units = self._get_param("DeploymentTargets", {}).get("OrganizationalUnitIds", [])
    regions = self._get_param("Regions", [])
    body = self._get_param("TemplateBody")
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in self._get_param("Parameters", [])}
    changed = body != found.template or parameters != found.parameters
    found.template, found.parameters = body, parameters
    for instance in found.stack_instances:
        if instance.unit in units and instance.region_name in regions:
            instance.status = "CURRENT"
        elif changed:
            instance.status = "OUTDATED"
    operation = begin(found, self._get_param("OperationId"), "UPDATE", units)
    return ActionResult({"OperationId": operation})


def begin(stack_set, operation_id, action, units):
    status = "FAILED" if any(u.endswith("0fail0000") for u in units) else "SUCCEEDED"
    stack_set._create_operation(operation_id=operation_id, action=action, status="RUNNING")
    stack_set.operations[-1]["Next"] = status
    stack_set.operations[-1]["Units"] = units
    return operation_id


def create_stack_instances(self):
    found = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
    units = self._get_param("DeploymentTargets", {}).get("OrganizationalUnitIds", [])
    found.instances.create_instances([], self._get_param("Regions"), [], {"OrganizationalUnitIds": units}, "")
    operation = begin(found, self._get_param("OperationId"), "CREATE", units)
    return ActionResult({"OperationId": operation})


described_operation = Response.describe_stack_set_operation


def describe_stack_set_operation(self):
    answer = described_operation(self)
    found = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
    operation = found.get_operation(self._get_param("OperationId"))
    operation["Status"] = operation.get("Next", operation["Status"])
    return answer


def list_stack_set_operation_results(self):
    found = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
    operation = found.get_operation(self._get_param("OperationId"))
    results = [
        {"Account": account, "Region": "eu-west-1", "Status": operation["Status"], "StatusReason": "no role to deploy with"}
        for unit in operation["Units"]
        for account in unit_accounts(unit)
    ]
    return ActionResult({"Summaries": results})


for method in (
    list_stack_instances, update_stack_set, create_stack_instances, describe_stack_set_operation, list_stack_set_operation_results,
):
    setattr(Response, method.__name__, method)


# --- The registry -------------------------------------------------------------------

REGISTRIES = {}


class Registry:
    def __init__(self, account, region):
        self.account, self.region = account, region
        self.types, self.registrations, self.tokens, self.results = {}, {}, {}, []

    def add(self, name, original=""):
        arn = f"arn:aws:cloudformation:{self.region}:{self.account}:type/hook/{name.replace('::', '-')}"
        self.types[name] = {"name": name, "arn": arn, "original": original, "versions": {}, "default": "", "configuration": None}
        return self.types[name]

    def find(self, name=None, arn=None):
        for found in self.types.values():
            if found["name"] == name or (arn and (arn == found["arn"] or arn.startswith(found["arn"] + "/"))):
                return found
        raise Refused("TypeNotFoundException", f"The type {name or arn} does not exist")


def registry(account, region):
    return REGISTRIES.setdefault((account, region), Registry(account, region))


def of(response):
    return registry(response.current_account, response.region)


def found_type(response, name="TypeName", arn="Arn"):
    return of(response).find(response._get_param(name), response._get_param(arn))


def register_type(self):
    r, token = of(self), self._get_param("ClientRequestToken")
    if token in r.tokens:
        return ActionResult({"RegistrationToken": r.tokens[token]})
    bucket, _, key = self._get_param("SchemaHandlerPackage").removeprefix("s3://").partition("/")
    body = s3_backends[self.current_account]["aws"].get_object(bucket, key)
    if body is None:
        raise Refused("CFNRegistryException", "the package cannot be read")
    name = self._get_param("TypeName")
    registration = f"00000000-0000-4000-8000-{len(r.registrations):012d}"
    r.tokens[token] = registration
    entry = {"status": "IN_PROGRESS", "description": "validating the package"}
    r.registrations[registration] = entry
    if b"broken" in body.value:
        entry["next"] = ("FAILED", "the package has no schema")
        r.tokens.pop(token)
        return ActionResult({"RegistrationToken": registration})
    found = r.types.get(name) or r.add(name)
    version = f"{len(found['versions']) + 1:08d}"
    found["versions"][version] = {"role": self._get_param("ExecutionRoleArn"), "live": True}
    found["default"] = found["default"] or version
    entry.update(next=("COMPLETE", "done"), type=found["arn"], version=f"{found['arn']}/{version}")
    return ActionResult({"RegistrationToken": registration})


def describe_type_registration(self):
    entry = of(self).registrations[self._get_param("RegistrationToken")]
    out = {"ProgressStatus": entry["status"], "Description": entry["description"]}
    if entry["status"] == "COMPLETE":
        out.update(TypeArn=entry["type"], TypeVersionArn=entry["version"])
    entry["status"], entry["description"] = entry["next"]
    return ActionResult(out)


def describe_type(self):
    found = found_type(self)
    arn = self._get_param("Arn") or found["arn"]
    version = arn[len(found["arn"]) + 1 :]
    if version and version not in found["versions"]:
        raise Refused("TypeNotFoundException", f"The version {arn} does not exist")
    live = found["versions"][version]["live"] if version else True
    out = {
        "Arn": arn, "Type": "HOOK", "TypeName": found["name"], "DefaultVersionId": found["default"],
        "DeprecatedStatus": "LIVE" if live else "DEPRECATED",
    }
    if found["original"]:
        out.update(OriginalTypeName=found["original"], IsActivated=True, PublisherId="aws-hooks")
    return ActionResult({name: value for name, value in out.items() if value != ""})


def set_type_default_version(self):
    found = found_type(self)
    found["default"] = self._get_param("Arn").rpartition("/")[2]
    return EmptyResult()


def list_type_versions(self):
    found = found_type(self)
    status = self._get_param("DeprecatedStatus") or "LIVE"
    items = [
        {"Arn": f"{found['arn']}/{v}", "VersionId": v, "IsDefaultVersion": v == found["default"], "TypeName": found["name"], "Type": "HOOK"}
        for v, entry in found["versions"].items()
        if entry["live"] == (status == "LIVE")
    ]
    return ActionResult(paged(self, "TypeVersionSummaries", items))


def deregister_type(self):
    found = found_type(self)
    version = self._get_param("Arn").rpartition("/")[2]
    live = [v for v, entry in found["versions"].items() if entry["live"]]
    if version == found["default"] and len(live) > 1:
        raise Refused("CFNRegistryException", "The default version cannot be deregistered while others are active")
    found["versions"][version]["live"] = False
    if len(live) == 1:
        of(self).types.pop(found["name"])
    return EmptyResult()


def batch_describe_type_configurations(self):
    out = {"TypeConfigurations": [], "Errors": []}
    for identifier in self._get_param("TypeConfigurationIdentifiers"):
        found = of(self).find(identifier.get("TypeName"), identifier.get("TypeArn"))
        if found["configuration"] is None:
            out["Errors"].append({
                "ErrorCode": "TypeConfigurationNotFoundException", "ErrorMessage": "none is set", "TypeConfigurationIdentifier": identifier,
            })
            continue
        out["TypeConfigurations"].append({
            "Configuration": found["configuration"], "Alias": "default", "TypeArn": found["arn"], "TypeName": found["name"],
            "IsDefaultConfiguration": True,
        })
    return ActionResult(out)


def set_type_configuration(self):
    found = found_type(self, arn="TypeArn")
    hook = json.loads(self._get_param("Configuration"))["CloudFormationConfiguration"]["HookConfiguration"]
    if hook.get("FailureMode") not in ("WARN", "FAIL") or hook.get("HookInvocationStatus") not in ("ENABLED", "DISABLED"):
        raise Refused("CFNRegistryException", "the configuration does not follow the schema")
    found["configuration"] = self._get_param("Configuration")
    return ActionResult({"ConfigurationArn": found["arn"].replace(":type/", ":type-configuration/") + "/default"})


def list_hook_results(self):
    arn, target, status = self._get_param("TypeArn"), self._get_param("TargetId"), self._get_param("Status")
    items = [
        {k: v for k, v in r.items() if k in ("HookResultId", "InvocationPoint", "FailureMode", "TypeName", "Status", "TypeArn")}
        for r in of(self).results
        if (not arn or r["TypeArn"] == arn) and (not target or r["Target"]["TargetId"] == target) and (not status or r["Status"] == status)
    ]
    return ActionResult(paged(self, "HookResults", items))


def get_hook_result(self):
    for r in of(self).results:
        if r["HookResultId"] == self._get_param("HookResultId"):
            return ActionResult(r)
    raise Refused("HookResultNotFound", "there is no such result")


for method in (
    register_type, describe_type_registration, describe_type, set_type_default_version, list_type_versions, deregister_type,
    batch_describe_type_configurations, set_type_configuration, list_hook_results, get_hook_result,
):
    setattr(Response, method.__name__, method)

REGISTRY_CALLS = {
    "RegisterType", "DescribeTypeRegistration", "DescribeType", "SetTypeDefaultVersion", "ListTypeVersions", "DeregisterType",
    "BatchDescribeTypeConfigurations", "SetTypeConfiguration", "ListHookResults", "GetHookResult",
}
called_action = Response.call_action
serialized = Response.serialized


def call_action(self):
    """Check the request."""
    shape = MODEL.operation_model(self._get_action()).input_shape
    try:
        check(shape, dict(self.params), f"request {self._get_action()}")
    except Refused as refusal:
        status, headers, body = self.serialized(ActionResult(refusal))
        return status, dict(headers, status=str(status)), body
    return called_action(self)


def checked(self, result):
    """Check the response of what is not moto's."""
    action = self._get_action()
    shape = MODEL.operation_model(action).output_shape
    if action in REGISTRY_CALLS and shape is not None and isinstance(result.result, dict):
        check(shape, result.result, f"response {action}")
    return serialized(self, result)


Response.call_action, Response.serialized = call_action, checked


# --- The server -----------------------------------------------------------------------


class Quiet(WSGIRequestHandler):
    def log_request(self, *args, **kwargs):
        pass


def seeded(app):
    def serve(environ, start_response):
        if environ["PATH_INFO"] != "/_seed":
            return app(environ, start_response)
        seed = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        r = registry(seed["account"], seed["region"])
        r.results.extend(seed.get("results", []))
        start_response("204 No Content", [])
        return []

    return serve


def main():
    server = make_server("127.0.0.1", 0, seeded(DomainDispatcherApplication(create_backend_app)), threaded=True, request_handler=Quiet)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()


main()
