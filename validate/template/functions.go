package template

import (
	"strings"
)

const (
	fnRef       = "Ref"
	fnCondition = "Condition"
	fnAnd       = "Fn::And"
	fnBase64    = "Fn::Base64"
	fnCidr      = "Fn::Cidr"
	fnContains  = "Fn::Contains"
	fnEachEq    = "Fn::EachMemberEquals"
	fnEachIn    = "Fn::EachMemberIn"
	fnEquals    = "Fn::Equals"
	fnFindInMap = "Fn::FindInMap"
	fnGetAtt    = "Fn::GetAtt"
	fnGetAZs    = "Fn::GetAZs"
	fnGetOutput = "Fn::GetStackOutput"
	fnIf        = "Fn::If"
	fnImport    = "Fn::ImportValue"
	fnJoin      = "Fn::Join"
	fnLength    = "Fn::Length"
	fnNot       = "Fn::Not"
	fnOr        = "Fn::Or"
	fnRefAll    = "Fn::RefAll"
	fnSelect    = "Fn::Select"
	fnSplit     = "Fn::Split"
	fnSub       = "Fn::Sub"
	fnToJSON    = "Fn::ToJsonString"
	fnTransform = "Fn::Transform"
	fnValueOf   = "Fn::ValueOf"
	fnValueAll  = "Fn::ValueOfAll"

	forEachPrefix = "Fn::ForEach"
)

// section says where in a template a function stands.
type section uint8

const (
	inResources section = 1 << iota
	inOutputs
	inConditions
	inRules

	inValues       = inResources | inOutputs
	inConditionals = inConditions | inRules
	inAny          = inValues | inConditionals
)

// function is what the template language says about an intrinsic function.
type function struct {
	// min and max are the numbers of arguments in its list. Both are 0 for a
	// function that takes one value, which is no list.
	min, max int
	// in is where it may be used.
	in section
	// extension is true when it needs AWS::LanguageExtensions.
	extension bool
}

// functions are the intrinsic functions, from
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
// and, for those of Rules, .../rules-section-structure.html.
var functions = map[string]function{
	fnRef:       {in: inAny},
	fnCondition: {in: inConditionals},
	fnAnd:       {min: 2, max: MaxConditionOperands, in: inConditionals},
	fnBase64:    {in: inAny},
	fnCidr:      {min: 2, max: 3, in: inValues},
	fnContains:  {min: 2, max: 2, in: inRules},
	fnEachEq:    {min: 2, max: 2, in: inRules},
	fnEachIn:    {min: 2, max: 2, in: inRules},
	fnEquals:    {min: 2, max: 2, in: inConditionals},
	fnFindInMap: {min: 3, max: 3, in: inAny},
	fnGetAtt:    {min: 2, max: 2, in: inValues},
	fnGetAZs:    {in: inValues},
	fnGetOutput: {in: inValues},
	fnIf:        {min: 3, max: 3, in: inValues},
	fnImport:    {in: inValues},
	fnJoin:      {min: 2, max: 2, in: inAny},
	fnLength:    {in: inAny, extension: true},
	fnNot:       {min: 1, max: 1, in: inConditionals},
	fnOr:        {min: 2, max: MaxConditionOperands, in: inConditionals},
	fnRefAll:    {in: inRules},
	fnSelect:    {min: 2, max: 2, in: inAny},
	fnSplit:     {min: 2, max: 2, in: inAny},
	fnSub:       {min: 2, max: 2, in: inAny},
	fnToJSON:    {in: inAny, extension: true},
	fnTransform: {in: inAny},
	fnValueOf:   {min: 2, max: 2, in: inRules},
	fnValueAll:  {min: 2, max: 2, in: inRules},
}

// shortTags maps the YAML tags to functions: "!Ref" to "Ref", "!Sub" to
// "Fn::Sub".
var shortTags = makeShortTags()

func makeShortTags() map[string]string {
	tags := make(map[string]string, len(functions))
	for name := range functions {
		tags["!"+strings.TrimPrefix(name, "Fn::")] = name
	}
	return tags
}

// isFunctionKey reports whether a key makes its map a function call.
func isFunctionKey(name string) bool {
	return name == fnRef || strings.HasPrefix(name, "Fn::")
}

// pseudoParameters are the names that CloudFormation defines, from
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html.
var pseudoParameters = map[string]bool{
	"AWS::AccountId":        true,
	"AWS::NoValue":          true,
	"AWS::NotificationARNs": true,
	"AWS::Partition":        true,
	"AWS::Region":           true,
	"AWS::StackId":          true,
	"AWS::StackName":        true,
	"AWS::URLSuffix":        true,
}
