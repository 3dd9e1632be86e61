// Package hook judges what CloudFormation hands to a hook: a resource, a stack
// or a change set about to be created, updated or deleted, or a Cloud Control
// call. It gives the verdict that package validate gives for the same template.
//
// One decoder reads every form of the event, that of a managed Lambda hook and
// that of a private registered hook; one writer makes the response. The package
// fails closed: whatever keeps a target from being judged (an event that is not
// understood, a policy set that does not load, a payload that cannot be
// fetched, an error in a rule, a panic, a deadline about to pass) is a response
// with the status FAILED and a message that says what happened.
//
// Property values, credentials and payload URLs are never logged, and URLs and
// credentials are never part of a response.
//
// The package takes no credential to judge; it uses those of an event only to
// read a policy set from S3 where the function has none of its own, and to write
// the record of the call to the log group that the event names.
//
// A record that cannot be delivered, and a call that cannot be traced, change no
// verdict; they are logged.
package hook
