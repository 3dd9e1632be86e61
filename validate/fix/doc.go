// Package fix changes the text of templates so that findings go away, where the
// change is mechanical: a setting is missing, or is a literal that the rule
// refuses, and one value is right for everyone; or a bucket lacks the policy that
// refuses requests without TLS. Fix makes all changes, Suggest each on its own.
//
// A change is made in the text. Everything else, comments, order and spaces, stays
// byte for byte what it was. It is kept only when the changed template loads, the
// finding is gone and there is no new one. What is not kept is told with the
// reason. Applying the package to its own output changes nothing.
//
// The package does not touch values that are intrinsic functions, anchors, merge
// keys, block scalars or strings over several lines.
package fix
