"""What templates declare, made in moto, and what is in it afterwards."""

import decimal
import json


# --- Resources ---


def coerce(shape, value):
    """A property of a template as a parameter of an operation: with the types of its
    shape, and without what the operation does not know."""
    if value is None:
        return None
    kind = shape.type_name
    if kind == "structure":
        return {k: coerce(shape.members[k], v) for k, v in value.items() if k in shape.members and v is not None}
    if kind == "list":
        return [coerce(shape.member, v) for v in (value if isinstance(value, list) else [value])]
    if kind == "map":
        return {str(k): coerce(shape.value, v) for k, v in value.items()}
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind == "string":
        return value if isinstance(value, str) else json.dumps(value)
    return value


def call(client, operation, **parameters):
    service = client.meta.service_model
    name = client.meta.method_to_api_mapping[operation]
    return getattr(client, operation)(**coerce(service.operation_model(name).input_shape, parameters))


def table(client, name, p):
    ddb = client("dynamodb")
    stream = p.pop("StreamSpecification", None)
    if stream:
        p["StreamSpecification"] = {"StreamEnabled": True, **stream}
    p.pop("SSESpecification", None)
    lives = p.pop("TimeToLiveSpecification", None)
    call(ddb, "create_table", **{"BillingMode": "PROVISIONED", **p, "TableName": name})
    if lives:
        call(ddb, "update_time_to_live", TableName=name, TimeToLiveSpecification=lives)


def topic(client, name, p):
    sns = client("sns")
    attributes = {k: str(p[k]).lower() for k in ("FifoTopic", "ContentBasedDeduplication") if k in p}
    arn = sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
    for s in p.get("Subscription") or []:
        subscription(client, name, {"TopicArn": arn, **s})


def subscription(client, name, p):
    if p["Protocol"] == "sqs":  # others leave this machine
        client("sns").subscribe(TopicArn=p["TopicArn"], Protocol="sqs", Endpoint=p["Endpoint"])


def queue(client, name, p):
    known = ("FifoQueue", "VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "ContentBasedDeduplication", "RedrivePolicy")
    text = lambda v: v if isinstance(v, str) else json.dumps(v)
    client("sqs").create_queue(QueueName=name, Attributes={k: text(p[k]) for k in known if k in p})


def database(client, name, p):
    call(client("glue"), "create_database", DatabaseInput={**p.get("DatabaseInput", {}), "Name": name})


def glue_table(client, name, p):
    call(client("glue"), "create_table", DatabaseName=p["DatabaseName"], TableInput={**p["TableInput"], "Name": name})


def glue_partition(client, name, p):
    call(client("glue"), "create_partition", DatabaseName=p["DatabaseName"], TableName=p["TableName"], PartitionInput=p["PartitionInput"])


def work_group(client, name, p):
    configuration = {"EnforceWorkGroupConfiguration": True, **(p.get("WorkGroupConfiguration") or {})}
    call(client("athena"), "create_work_group", Name=name, Configuration=configuration, Description=p.get("Description", ""), Tags=[])


def secret(client, name, p):
    text = p.get("SecretString")
    if text is None:
        made = p.get("GenerateSecretString") or {}
        value = json.loads(made.get("SecretStringTemplate", "{}"))
        if made.get("GenerateStringKey"):
            value[made["GenerateStringKey"]] = "generated"
        text = json.dumps(value) if value else "generated"
    return client("secretsmanager").create_secret(Name=name, SecretString=text if isinstance(text, str) else json.dumps(text))["ARN"]


def parameter(client, name, p):
    client("ssm").put_parameter(Name=name, Type=p.get("Type", "String"), Value=str(p["Value"]))


def rule(client, name, p):
    pattern = p.get("EventPattern")
    more = {"EventPattern": pattern if isinstance(pattern, str) else json.dumps(pattern)} if pattern else {}
    if p.get("ScheduleExpression"):
        more["ScheduleExpression"] = p["ScheduleExpression"]
    bus = {"EventBusName": p["EventBusName"]} if p.get("EventBusName") else {}
    client("events").put_rule(Name=name, State=p.get("State", "ENABLED"), **more, **bus)


def sagemaker(operation, key):
    def make(client, name, p):
        call(client("sagemaker"), operation, **{**p, key: name})

    return make


MAKE = {
    "AWS::DynamoDB::Table": table,
    "AWS::SQS::Queue": queue,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::Subscription": subscription,
    "AWS::Glue::Database": database,
    "AWS::Glue::Table": glue_table,
    "AWS::Glue::Partition": glue_partition,
    "AWS::Athena::WorkGroup": work_group,
    "AWS::SecretsManager::Secret": secret,
    "AWS::SSM::Parameter": parameter,
    "AWS::Events::EventBus": lambda client, name, p: client("events").create_event_bus(Name=name),
    "AWS::Events::Rule": rule,
    "AWS::SageMaker::Model": sagemaker("create_model", "ModelName"),
    "AWS::SageMaker::EndpointConfig": sagemaker("create_endpoint_config", "EndpointConfigName"),
    "AWS::SageMaker::Endpoint": sagemaker("create_endpoint", "EndpointName"),
    "AWS::SageMaker::ModelPackageGroup": sagemaker("create_model_package_group", "ModelPackageGroupName"),
}


def make(client, kind, name, properties):
    """Makes a resource. It returns False if there is none of its type here, and its
    reference where that is not known before."""
    if kind not in MAKE:
        return False
    try:
        made = MAKE[kind](client, name, properties)
    except Exception as e:
        raise ValueError(f"{kind} {name}: {e}") from e
    return made if isinstance(made, str) else True


def order(kind):
    """What others need is made first."""
    return list(MAKE).index(kind) if kind in MAKE else len(MAKE)


# --- Contents ---


def plain(value):
    """A value of DynamoDB, with its type, as JSON."""
    kind, v = next(iter(value.items()))
    if kind == "N":
        number = decimal.Decimal(v)
        return int(number) if number == number.to_integral_value() else float(number)
    if kind == "M":
        return {k: plain(x) for k, x in v.items()}
    if kind == "L":
        return [plain(x) for x in v]
    if kind == "NULL":
        return None
    return v


def contents(client, account, region):
    from moto.glue.models import glue_backends
    from moto.sns.models import sns_backends
    from moto.sqs.models import sqs_backends

    ddb = client("dynamodb")
    tables = {}
    for name in ddb.list_tables()["TableNames"]:
        pages = ddb.get_paginator("scan").paginate(TableName=name)
        tables[name] = [{k: plain(v) for k, v in item.items()} for page in pages for item in page["Items"]]
    messages = {}
    for t in sns_backends[account][region].topics.values():
        messages[t.name] = [{"subject": n[2] or "", "body": n[1], "attributes": attributes(n[3])} for n in t.sent_notifications]
    queues = {q.name: [m.body for m in q._messages] for q in sqs_backends[account][region].queues.values()}
    glue = {}
    for d in glue_backends[account][region].databases.values():
        for t in d.tables.values():
            glue[f"{d.name}.{t.name}"] = [list(p.values) for p in t.partitions.values()]
    return {"tables": tables, "messages": messages, "queues": queues, "glue": glue}


def attributes(given):
    return {k: v.get("StringValue", v.get("Value")) if isinstance(v, dict) else v for k, v in (given or {}).items()}
