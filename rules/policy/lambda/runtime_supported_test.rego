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

# Every date, on the day before and on the day itself.
test_dates[runtime] if {
	some runtime, dates in {
		"nodejs": ["2016-08-29", "2016-08-30"],
		"dotnetcore2.0": ["2019-05-29", "2019-05-30"],
		"dotnetcore1.0": ["2019-06-26", "2019-06-27"],
		"nodejs6.10": ["2019-08-11", "2019-08-12"],
		"nodejs4.3": ["2020-03-04", "2020-03-05"],
		"nodejs4.3-edge": ["2020-03-04", "2020-03-05"],
		"nodejs8.10": ["2020-03-05", "2020-03-06"],
		"python2.7": ["2021-07-14", "2021-07-15"],
		"nodejs10.x": ["2021-07-29", "2021-07-30"],
		"ruby2.5": ["2021-07-29", "2021-07-30"],
		"dotnetcore2.1": ["2022-01-04", "2022-01-05"],
		"python3.6": ["2022-07-17", "2022-07-18"],
		"nodejs12.x": ["2023-03-30", "2023-03-31"],
		"dotnetcore3.1": ["2023-04-02", "2023-04-03"],
		"nodejs14.x": ["2023-12-03", "2023-12-04"],
		"python3.7": ["2023-12-03", "2023-12-04"],
		"ruby2.7": ["2023-12-06", "2023-12-07"],
		"go1.x": ["2024-01-07", "2024-01-08"],
		"java8": ["2024-01-07", "2024-01-08"],
		"provided": ["2024-01-07", "2024-01-08"],
		"nodejs16.x": ["2024-06-11", "2024-06-12"],
		"python3.8": ["2024-10-13", "2024-10-14"],
		"dotnet6": ["2024-12-19", "2024-12-20"],
		"nodejs18.x": ["2025-08-31", "2025-09-01"],
		"python3.9": ["2025-12-14", "2025-12-15"],
		"ruby3.2": ["2026-03-30", "2026-03-31"],
		"nodejs20.x": ["2026-04-29", "2026-04-30"],
		"provided.al2": ["2026-07-30", "2026-07-31"],
		"python3.10": ["2026-10-30", "2026-10-31"],
		"dotnet8": ["2026-11-09", "2026-11-10"],
		"ruby3.3": ["2027-03-30", "2027-03-31"],
		"nodejs22.x": ["2027-04-29", "2027-04-30"],
		"java11": ["2027-06-29", "2027-06-30"],
		"java17": ["2027-06-29", "2027-06-30"],
		"java8.al2": ["2027-06-29", "2027-06-30"],
		"python3.11": ["2027-06-29", "2027-06-30"],
		"ruby3.4": ["2028-03-30", "2028-03-31"],
		"nodejs24.x": ["2028-04-29", "2028-04-30"],
		"python3.12": ["2028-10-30", "2028-10-31"],
		"dotnet10": ["2028-11-13", "2028-11-14"],
		"ruby4.0": ["2029-03-30", "2029-03-31"],
		"java21": ["2029-06-29", "2029-06-30"],
		"java25": ["2029-06-29", "2029-06-30"],
		"provided.al2023": ["2029-06-29", "2029-06-30"],
		"python3.13": ["2029-06-29", "2029-06-30"],
		"python3.14": ["2029-06-29", "2029-06-30"],
	}
	rule.deny == set() with input as function(runtime) with data.params as {"lambda": {"runtimes_as_of": dates[0]}}
	expected := deprecated(runtime, dates[1])
	rule.deny == expected with input as function(runtime) with data.params as {"lambda": {"runtimes_as_of": dates[1]}}
}
