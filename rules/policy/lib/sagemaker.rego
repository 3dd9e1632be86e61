# METADATA
# title: SageMaker instance types
package guardhook.lib.sagemaker

# local_storage holds for an instance type with an instance store. Its hardware
# encrypts the store, and SageMaker refuses a volume key for it.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html
local_storage(instance_type) if regex.match(
	`^ml\.([cmrx][0-9]+[a-z]*d[a-z]*|z1d|d3(en)?|i[0-9][a-z]*|g4[ad][dn]|g[567][ef]?|gr6f?|p3dn|p4de?|p5(e|en)?|p6[a-z0-9-]*|trn[12]n?|dl1)\.`,
	instance_type,
)
