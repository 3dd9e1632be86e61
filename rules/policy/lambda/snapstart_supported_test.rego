package guardhook.lambda.snapstart_supported_test

import data.guardhook.lambda.snapstart_supported as rule

function(properties) := {"resource": {
	"type": "AWS::Lambda::Function",
	"properties": object.union({"SnapStart": {"ApplyOn": "PublishedVersions"}}, properties),
}}

without_snapstart(properties) := function(object.union(properties, {"SnapStart": {"ApplyOn": "None"}}))

test_runtimes_without_support[runtime] if {
	some runtime in [
		"provided.al2023", "provided.al2", "nodejs24.x", "ruby3.4", "python3.11", "python3.9", "java8.al2", "java8",
		"dotnet6", "dotnetcore3.1", "go1.x", "${Runtime}",
	]
	rule.deny == {{
		"path": ["Runtime"],
		"message": sprintf("SnapStart does not support the runtime %s.", [runtime]),
	}} with input as function({"Runtime": runtime})
	rule.deny == set() with input as without_snapstart({"Runtime": runtime})
}

test_runtimes_with_support[runtime] if {
	some runtime in [
		"python3.12", "python3.13", "python3.14", "python3.20", "java11", "java17", "java21", "java25", "dotnet8",
		"dotnet10",
	]
	rule.deny == set() with input as function({"Runtime": runtime})
}

test_container_image if {
	rule.deny == {{
		"path": ["PackageType"],
		"message": "SnapStart does not support container images.",
	}} with input as function({"PackageType": "Image"})
	rule.deny == set() with input as without_snapstart({"PackageType": "Image"})
}

test_file_system if {
	properties := {"Runtime": "java21", "FileSystemConfigs": [{"Arn": "${AccessPoint.Arn}"}]}
	rule.deny == {{
		"path": ["FileSystemConfigs"],
		"message": "SnapStart does not support file systems.",
	}} with input as function(properties)
	rule.deny == set() with input as function({"Runtime": "java21", "FileSystemConfigs": []})
}

test_ephemeral_storage if {
	rule.deny == {{
		"path": ["EphemeralStorage", "Size"],
		"message": "SnapStart does not support more than 512 MB of ephemeral storage.",
	}} with input as function({"Runtime": "java21", "EphemeralStorage": {"Size": 513}})
	rule.deny == set() with input as function({"Runtime": "java21", "EphemeralStorage": {"Size": 512}})
}

test_size_that_is_no_number if {
	rule.deny == {{
		"path": ["EphemeralStorage", "Size"],
		"message": "SnapStart does not support more than 512 MB of ephemeral storage.",
	}} with input as function({"Runtime": "java21", "EphemeralStorage": {"Size": "much"}})
	rule.deny == set() with input as function({"Runtime": "java21", "EphemeralStorage": {}})
}

test_all_at_once if {
	properties := {
		"Runtime": "nodejs24.x",
		"FileSystemConfigs": [{"Arn": "${AccessPoint.Arn}"}],
		"EphemeralStorage": {"Size": 10240},
		"PackageType": "Zip",
	}
	{finding.path | some finding in rule.deny} == {
		["Runtime"],
		["FileSystemConfigs"],
		["EphemeralStorage", "Size"],
	} with input as function(properties)
	rule.deny == set() with input as without_snapstart(properties)
}

test_no_snapstart if {
	rule.deny == set() with input as {"resource": {
		"type": "AWS::Lambda::Function",
		"properties": {"Runtime": "provided.al2023"},
	}}
}
