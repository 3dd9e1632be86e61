# METADATA
# title: Lambda runtime is not deprecated
# description: >-
#   A deprecated runtime gets no security patches, and AWS blocks creating and updating functions
#   that use it. The parameter lambda.runtimes_as_of (YYYY-MM-DD) is the day to judge for;
#   lambda.denied_runtimes lists further runtimes to refuse.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtime-support-policy
# custom:
#   id: LAMBDA_RUNTIME_SUPPORTED
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::Lambda::Function"]
#   remediation: Move the function to a supported runtime.
#   controls: {nist-800-53-r5: [SA-22, SI-2], pci-dss-4: ["6.3.3"]}
package guardhook.lambda.runtime_supported

default as_of := "2026-11-25"

as_of := data.params.lambda.runtimes_as_of

deny contains finding if {
	runtime := input.resource.properties.Runtime
	deprecated_on[runtime] <= as_of
	finding := {
		"path": ["Runtime"],
		"message": sprintf("The runtime %s is deprecated since %s.", [runtime, deprecated_on[runtime]]),
	}
}

deny contains finding if {
	runtime := input.resource.properties.Runtime
	runtime in data.params.lambda.denied_runtimes
	finding := {
		"path": ["Runtime"],
		"message": sprintf("The runtime %s is denied by the parameter lambda.denied_runtimes.", [runtime]),
	}
}

# Deprecation dates that AWS has announced, past and to come, as of 2026-11-25.
deprecated_on := {
	"nodejs": "2016-08-30",
	"dotnetcore2.0": "2019-05-30",
	"dotnetcore1.0": "2019-06-27",
	"nodejs6.10": "2019-08-12",
	"nodejs4.3": "2020-03-05",
	"nodejs4.3-edge": "2020-03-05",
	"nodejs8.10": "2020-03-06",
	"python2.7": "2021-07-15",
	"nodejs10.x": "2021-07-30",
	"ruby2.5": "2021-07-30",
	"dotnetcore2.1": "2022-01-05",
	"python3.6": "2022-07-18",
	"nodejs12.x": "2023-03-31",
	"dotnetcore3.1": "2023-04-03",
	"nodejs14.x": "2023-12-04",
	"python3.7": "2023-12-04",
	"ruby2.7": "2023-12-07",
	"go1.x": "2024-01-08",
	"java8": "2024-01-08",
	"provided": "2024-01-08",
	"nodejs16.x": "2024-06-12",
	"python3.8": "2024-10-14",
	"dotnet6": "2024-12-20",
	"nodejs18.x": "2025-09-01",
	"python3.9": "2025-12-15",
	"ruby3.2": "2026-03-31",
	"nodejs20.x": "2026-04-30",
	"provided.al2": "2026-07-31",
	"python3.10": "2026-10-31",
	"dotnet8": "2026-11-10",
	"ruby3.3": "2027-03-31",
	"nodejs22.x": "2027-04-30",
	"java11": "2027-06-30",
	"java17": "2027-06-30",
	"java8.al2": "2027-06-30",
	"python3.11": "2027-06-30",
	"ruby3.4": "2028-03-31",
	"nodejs24.x": "2028-04-30",
	"python3.12": "2028-10-31",
	"dotnet10": "2028-11-14",
	"ruby4.0": "2029-03-31",
	"java21": "2029-06-30",
	"java25": "2029-06-30",
	"provided.al2023": "2029-06-30",
	"python3.13": "2029-06-30",
	"python3.14": "2029-06-30",
}
