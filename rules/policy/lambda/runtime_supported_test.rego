package guardhook.lambda.runtime_supported_test

import data.guardhook.lambda.runtime_supported as rule

function(runtime) := {"resource": {"type": "AWS::Lambda::Function", "properties": {"Runtime": runtime}}}

deprecated(runtime, date) := {{
	"path": ["Runtime"],
	"message": sprintf("The runtime %s is deprecated since %s.", [runtime, date]),
}}

test_deprecated[runtime] if {
	some runtime, date in {
		"nodejs": "2016-08-30",
		"nodejs20.x": "2026-04-30",
		"python2.7": "2021-07-15",
		"python3.9": "2025-12-15",
		"java8": "2024-01-08",
		"go1.x": "2024-01-08",
		"provided.al2": "2026-07-31",
		"dotnet8": "2026-11-10",
	}
	rule.deny == deprecated(runtime, date) with input as function(runtime)
}

test_supported[runtime] if {
	some runtime in [
		"nodejs22.x", "nodejs24.x", "python3.11", "python3.14", "java8.al2", "java25", "dotnet10", "ruby3.3", "ruby4.0",
		"provided.al2023", "${Runtime}", "",
	]
	rule.deny == set() with input as function(runtime)
}

test_day_to_judge_for if {
	before := {"lambda": {"runtimes_as_of": "2026-04-29"}}
	rule.deny == set() with input as function("nodejs20.x") with data.params as before
	on := {"lambda": {"runtimes_as_of": "2026-04-30"}}
	rule.deny == deprecated("nodejs20.x", "2026-04-30") with input as function("nodejs20.x") with data.params as on
	later := {"lambda": {"runtimes_as_of": "2027-05-01"}}
	rule.deny == deprecated("nodejs22.x", "2027-04-30") with input as function("nodejs22.x") with data.params as later
}

test_denied_by_parameter if {
	params := {"lambda": {"denied_runtimes": ["ruby3.4", "java25"]}}
	rule.deny == {{
		"path": ["Runtime"],
		"message": "The runtime java25 is denied by the parameter lambda.denied_runtimes.",
	}} with input as function("java25") with data.params as params
	rule.deny == set() with input as function("java21") with data.params as params
}

test_dates_are_dates if {
	every date in rule.deprecated_on {
		regex.match(`^20[0-9]{2}-[01][0-9]-[0-3][0-9]$`, date)
	}
}

test_container_image if {
	properties := {"PackageType": "Image", "Code": {"ImageUri": "${Image}"}}
	rule.deny == set() with input as {"resource": {"type": "AWS::Lambda::Function", "properties": properties}}
}
