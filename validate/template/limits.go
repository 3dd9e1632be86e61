package template

// Limits of a template. Those of CloudFormation come from
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html;
// the others bound the memory and time that one file can cost. A template one
// past a limit is refused.
const (
	// MaxBytes is the size of a template, in bytes: CloudFormation's limit for
	// a template in S3.
	MaxBytes = 1 << 20
	// MaxDepth is how deep values may nest, the root counting as 1.
	MaxDepth = 200
	// MaxNodes is the number of values after aliases, merge keys and
	// Fn::ForEach are expanded.
	MaxNodes = 200_000
	// MaxParameters, MaxMappings, MaxResources and MaxOutputs are numbers of
	// entries in a section, after expansion.
	MaxParameters = 200
	MaxMappings   = 200
	MaxResources  = 500
	MaxOutputs    = 200
	// MaxMappingKeys is the number of keys in a mapping, and of names under a
	// key.
	MaxMappingKeys = 200
	// MaxName is the length of the name of a parameter, mapping, condition,
	// resource or output, in characters.
	MaxName = 255
	// MaxDescription is the size of the template's Description, in bytes.
	MaxDescription = 1024
	// MaxParameterValue is the size of a parameter's value, in bytes.
	MaxParameterValue = 4096
	// MaxConditionOperands is the number of operands of Fn::And and Fn::Or.
	MaxConditionOperands = 10
	// MaxErrors is the number of errors reported for one file.
	MaxErrors = 100
	// MaxNotes is the number of notes on one file; one more says that others
	// are left out.
	MaxNotes = 100
)
