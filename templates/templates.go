// Package templates holds the CloudFormation templates that the programs deploy.
package templates

import "embed"

// Hook are the templates of the hook, in the folder "hook".
//
//go:embed hook/*.yaml
var Hook embed.FS
