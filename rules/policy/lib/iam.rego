# METADATA
# description: |
#   IAM policy documents in every form that AWS accepts. For rules:
#
#   statements(path, document)   list of {"path", "body"}: every statement with its place
#   place(statement, inner)      the path of something inside a statement of that list
#   allows(body)                 Effect is Allow
#   items(body, element)         set of {"path", "value"}: texts of an element with their places
#   actions(body)                set of Action texts, lower case
#   not_actions(body)            set of NotAction texts, lower case
#   resources(body)              set of Resource texts
#   principals(body)             set of Principal texts of every kind
#   principals_of(body, kind)    set of Principal texts of one kind ("AWS", "Service", ...)
#   any_action(action)           the text matches every action of every service
#   service_wildcard(action)     the text matches every action of one service
#   any_resource(resource)       the text matches every resource
#   any_resource_of(resource, s) the text matches every resource of the service s
#   arn(text)                    {"service", "region", "account", "name"} of an ARN
#   matches(pattern, action)     the wildcard pattern matches the action; case does not count
#   grants(body, action)         Allow, and Action or NotAction covers the action
#   every_action(body)           Action covers everything, or everything but NotAction
#   every_resource(body)         Resource covers everything, or everything but NotResource
#   anyone(body)                 the principal is everyone, or everyone but NotPrincipal
#   tests(body)                  set of {"operator", "key", "value"} of Condition, names lower case
#   closed_test(test)            no value of a test of that set lets everyone through
#   restricted(body)             a condition limits who may use the statement
#   public_statement(body)       Allow, to anyone, unrestricted
#
#   Rules that use this library with values that a template leaves open name witnesses: the
#   verdict depends on text that is computed.
package guardhook.lib.iam

# A document is an object or its JSON text. Text has no places inside: its statements have the path
# of the document.
statements(path, document) := [{"path": array.concat(path, at.path), "body": at.body, "text": false} |
	some at in located(document)
] if {
	is_object(document)
}

statements(path, document) := [{"path": path, "body": at.body, "text": true} |
	some at in located(json.unmarshal(document))
] if {
	is_string(document)
	json.is_valid(document)
}

located(document) := [{"path": ["Statement", i], "body": body} |
	some i, body in document.Statement
	is_object(body)
] if {
	is_array(document.Statement)
}

located(document) := [{"path": ["Statement"], "body": document.Statement}] if is_object(document.Statement)

place(statement, _) := statement.path if statement.text

place(statement, inner) := array.concat(statement.path, inner) if not statement.text

allows(body) if body.Effect == "Allow"

items(body, element) := {{"path": [element], "value": body[element]}} if is_string(body[element])

items(body, element) := {{"path": [element, i], "value": value} |
	some i, value in body[element]
	is_string(value)
} if {
	is_array(body[element])
}

# The texts of a value: one text, or a list of texts.
texts(value) := {value} if is_string(value)

texts(value) := {text | some text in value; is_string(text)} if is_array(value)

actions(body) := {lower(text) | some text in texts(body.Action)}

not_actions(body) := {lower(text) | some text in texts(body.NotAction)}

resources(body) := {text | some text in texts(body.Resource)}

principals(body) := texts(body.Principal)

principals(body) := {text |
	some value in body.Principal
	some text in texts(value)
} if {
	is_object(body.Principal)
}

principals_of(body, kind) := {text | some text in texts(body.Principal[kind])}

any_action(action) if regex.match(`^[*?]*\*[*?]*(:[*?]*\*[*?]*)?$`, action)

service_wildcard(action) if {
	regex.match(`^[^:]*:[*?]*\*[*?]*$`, action)
	not any_action(action)
}

# The partition may be a placeholder such as ${AWS::Partition}, which has colons inside.
any_resource(resource) if {
	regex.match(`^((?i:arn):(\$\{[^}]*\}|[^:{}])*:([*?]+:)*)?[*?]*\*[*?]*$`, resource)
}

any_resource(resource) if regex.match(`^(?i:arn):[*?]*\*[*?]*$`, resource)

# Every service and region of an account.
any_resource(resource) if {
	fields := arn(resource)
	every field in [fields.service, fields.region] {
		regex.match(`^[*?]*\*[*?]*$`, field)
	}
	fields.account != ""
	regex.match(`^[*?:]*\*[*?:]*$`, fields.name)
}

any_resource_of(resource, _) if any_resource(resource)

# Any account will do: a policy of an identity does not reach beyond the identity's own account.
any_resource_of(resource, service) if {
	fields := arn(resource)
	matches(fields.service, service)
	regex.match(`^[*?]*$`, fields.region)
	regex.match(`^[*?:]*\*[*?:]*$`, fields.name)
}

# Placeholders become "_". A wildcard at the end of a short ARN stands for the missing fields too.
arn(text) := {"service": fields[2], "region": fields[3], "account": fields[4], "name": name} if {
	is_string(text)
	parts := split(regex.replace(text, `\$\{[^}]*\}`, "_"), ":")
	lower(parts[0]) == "arn"
	fields := padded(parts)
	name := concat(":", array.slice(fields, 5, count(fields)))
}

padded(parts) := parts if count(parts) > 5

padded(parts) := array.slice(array.concat(parts, ["*", "*", "*", "*"]), 0, 6) if {
	count(parts) < 6
	endswith(parts[count(parts) - 1], "*")
}

matches(pattern, action) if lower(pattern) == lower(action)

matches(pattern, action) if {
	regex.match(`[*?]`, pattern)
	escaped := regex.replace(lower(pattern), `[^a-z0-9*?\x{80}-\x{10FFFF}]`, `\$0`)
	expression := strings.replace_n({"*": ".*", "?": "."}, escaped)
	regex.match(concat("", ["(?s)^", expression, "$"]), lower(action))
}

grants(body, action) if {
	allows(body)
	some pattern in actions(body)
	matches(pattern, action)
}

grants(body, action) if {
	allows(body)
	body.NotAction
	every pattern in not_actions(body) {
		not matches(pattern, action)
	}
}

every_action(body) if {
	some action in actions(body)
	any_action(action)
}

every_action(body) if body.NotAction

every_resource(body) if {
	some resource in resources(body)
	any_resource(resource)
}

every_resource(body) if body.NotResource

anyone(body) if {
	some principal in principals(body)
	regex.match(`^[*?]+$`, principal)
}

# Identities of every account, such as arn:aws:iam::*:root.
anyone(body) if {
	some principal in principals(body)
	regex.match(`^[0-9]*[*?]`, arn(principal).account)
}

anyone(body) if body.NotPrincipal

public_statement(body) if {
	allows(body)
	anyone(body)
	not restricted(body)
}

# Operators that are false when the key is absent or differs. The negated ones, ...IfExists and
# ForAllValues: are true for a request without the key, so a stranger passes them.
restricting_operators := {
	"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike",
	"foranyvalue:stringequals", "foranyvalue:stringequalsignorecase", "foranyvalue:stringlike",
	"foranyvalue:arnequals", "foranyvalue:arnlike",
}

# Keys of which a caller cannot choose the value. Transport, time, region, tags, called-via and
# private addresses (aws:VpcSourceIp) say how a request is made, not who makes it.
restricting_keys := {
	"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
	"aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:userid",
	"aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
	"kms:calleraccount", "lambda:eventsourcetoken", "s3:dataaccesspointaccount", "s3:dataaccesspointarn",
	"sts:externalid",
}

restricted(body) if {
	some test in tests(body)
	test.operator in restricting_operators
	test.key in restricting_keys
	closed_test(test)
}

restricted(body) if {
	some test in tests(body)
	test.operator in {"ipaddress", "foranyvalue:ipaddress"}
	test.key == "aws:sourceip"
	closed(test.value)
}

tests(body) := {{"operator": lower(operator), "key": lower(key), "value": value} |
	is_object(body.Condition)
	some operator, keys in body.Condition
	is_object(keys)
	some key, value in keys
}

# Operators that take a wildcard for the character that it is.
exact_operators := {
	"stringequals", "stringequalsignorecase",
	"foranyvalue:stringequals", "foranyvalue:stringequalsignorecase",
}

# closed_test(test) holds where no value of a test lets everyone through.
closed_test(test) if closed(test.value)

closed_test(test) if {
	test.operator in exact_operators
	values := texts(test.value)
	count(values) > 0
	every text in values {
		not own_variable(text)
	}
}

# Alternatives are joined by "or": one open value opens them all.
closed(value) if {
	values := texts(value)
	count(values) > 0
	every text in values {
		not open_value(text)
	}
}

# Wildcards, also in place of an account or organization: "*", "1*", "o-*", "vpce-*".
open_value(text) if regex.match(`^((o|vpc|vpce)-)?[0-9]*[*?]`, text)

open_value(text) if {
	fields := arn(text)
	regex.match(`^[0-9]*[*?]`, fields.account)
	not one_bucket(fields)
}

# An ARN without account whose name begins with a wildcard, such as arn:aws:s3:::*.
open_value(text) if {
	fields := arn(text)
	fields.account == ""
	regex.match(`^[*?]`, fields.name)
}

open_value(text) if own_variable(text)

# Address ranges wider than /8 (IPv4) and /32 (IPv6), which Amazon S3 calls public too.
open_value(text) if regex.match(`^[0-9.]+/0*[0-7]$`, text)

open_value(text) if regex.match(`^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/0*([0-9]|[12][0-9]|3[01])$`, text)

# A bucket's name is unique among all accounts, and its ARN has none: arn:aws:s3:*:*:data is one bucket.
one_bucket(fields) if {
	fields.service == "s3"
	regex.match(`^[^*?/:]+$`, fields.name)
}

# A policy variable that the caller's own identity fills in.
own_variable(text) if regex.match(`(?i)^\$\{aws:(principal|source|user)`, text)
