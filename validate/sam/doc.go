// Package sam expands the resources of AWS::Serverless-2016-10-31 to those that
// the transform generates, so that they are judged as what they become.
//
// Intrinsic functions stay: a property given by Fn::If is one in the generated
// resource too. Every generated value has the position of what it comes from:
// the property, the entry of Globals, or else the logical id of the serverless
// resource. Nothing is dropped silently: what is not expanded is a Gap.
//
// # Where the result differs from the transform's
//
//   - The transform ends some logical ids with ten digits of a hash over the
//     uploaded code, or over the OpenAPI document of an API. The hash is
//     computed where the template has all of it, as a packaged template does.
//     Code that is a local path, and API deployments, leave the suffix out.
//   - The paths that events add to the OpenAPI document of an API, and what
//     Auth, Cors, Models and GatewayResponses do there, are left out, and a
//     note names the API. So is code that is a local path.
//   - PropagateTags does not reach resources that are in the template, such as
//     the bucket of an event.
//
// Where the transform needs the value of a parameter, to name or leave out a
// resource, that is the pinned value or the default, and a note says so.
//
// The reference is aws-sam-translator, of which the expected outputs in
// testdata are made: see tools/samgolden.py.
package sam
