// Package operate sets the hook up on AWS and watches it: it deploys and removes
// the stack of the managed hook, registers the private one, changes modes,
// compares what is deployed with what is here, reads results, publishes policy
// sets and rolls out over an organization.
//
// Every operation can be run again: it looks at what there is, does what is
// missing and nothing else, so that one that was interrupted is finished by the
// next run. Rules are in place before a hook reads them; a hook warns until it is
// told to fail; nothing is deleted before the hook is disabled.
//
// The package does not build archives, and it does not log: progress is written
// to Options.Progress, one line at a time. Neither has property values,
// credentials or signed URLs in it.
package operate
