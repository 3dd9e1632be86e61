# METADATA
# title: Lambda SnapStart is used where it is supported
# description: >-
#   SnapStart works with the managed runtimes python3.12, java11, dotnet8 and later, and not with
#   other runtimes, OS-only runtimes such as provided.al2023, container images, a file system, or more
#   than 512 MB of ephemeral storage. The deployment fails otherwise.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes
# custom:
#   id: LAMBDA_SNAPSTART_SUPPORTED
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Lambda::Function"]
#   remediation: Remove SnapStart, or the property that does not go with it.
package guardhook.lambda.snapstart_supported

deny contains finding if {
	input.resource.properties.SnapStart.ApplyOn == "PublishedVersions"
	some finding in obstacles
}

obstacles contains finding if {
	input.resource.properties.PackageType == "Image"
	finding := {"path": ["PackageType"], "message": "SnapStart does not support container images."}
}

obstacles contains finding if {
	not input.resource.properties.PackageType == "Image"
	runtime := input.resource.properties.Runtime
	not regex.match(`^(python3\.(1[2-9]|[2-9][0-9])|java(1[1-9]|[2-9][0-9])|dotnet([89]|[1-9][0-9]))$`, runtime)
	finding := {"path": ["Runtime"], "message": sprintf("SnapStart does not support the runtime %s.", [runtime])}
}

obstacles contains finding if {
	count(input.resource.properties.FileSystemConfigs) > 0
	finding := {"path": ["FileSystemConfigs"], "message": "SnapStart does not support file systems."}
}

obstacles contains finding if {
	input.resource.properties.EphemeralStorage.Size
	not input.resource.properties.EphemeralStorage.Size <= 512
	finding := {
		"path": ["EphemeralStorage", "Size"],
		"message": "SnapStart does not support more than 512 MB of ephemeral storage.",
	}
}
