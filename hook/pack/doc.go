// Package pack makes the archives that AWS gets: the package that registers the
// private hook type, and the code of a Lambda function.
//
// The same input gives the same bytes: entries have a fixed order, fixed modes
// and one fixed time, and no field that depends on the machine. What the registry
// would refuse, or what would fail only when a stack is deployed, is refused
// before anything is made: settings, hook schema, and a binary that is not a
// static one for the right machine.
//
// The package holds what the registry needs and no sources. The schemas of the
// target types, which the CloudFormation CLI adds when it can reach AWS, are left
// out: the hook has the types that it knows in itself.
//
// # Targets
//
// The schema names AWS::*::* and not the types that the built-in rules are about.
// A policy set from S3 may have rules for any type; a type that the schema lacks
// would never be judged, and nobody would see that. A type for which there is no
// rule passes. Who wants fewer calls, which are billed, sets TargetFilters in the
// type configuration: that can be changed without a new version, and is seen
// where the hook is enabled.
//
// STACK is not among the targets of deletions, because CloudFormation sends no
// template of what it deletes; CHANGE_SET has creations only.
package pack
