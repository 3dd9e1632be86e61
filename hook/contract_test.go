package hook

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
)

// contractEvent is an event as the contract tests of the CloudFormation CLI
// send it.
func contractEvent(point, target string, model map[string]any) map[string]any {
	return map[string]any{
		"requestData": map[string]any{
			"callerCredentials": `{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"planted-secret","sessionToken":"planted-token"}`,
			"targetName":        target, "targetType": "RESOURCE", "targetLogicalId": "5b1f7c5e-0000-4000-8000-000000000000",
			"targetModel": model,
		},
		"requestContext": map[string]any{"callbackContext": nil},
		"hookTypeName":   "Acme::Policy::Hook", "hookTypeVersion": "00000001",
		"clientRequestToken": testToken, "stackId": "c7b4b1b2-0000-4000-8000-000000000000", "awsAccountId": "111122223333",
		"actionInvocationPoint": point, "hookModel": nil,
	}
}

// contractModels are valid and invalid inputs for the targets of a schema.
func contractModels() map[string]map[string][2]map[string]any {
	properties := func(p map[string]any, previous ...map[string]any) map[string]any {
		m := map[string]any{"resourceProperties": p}
		if len(previous) > 0 {
			m["previousResourceProperties"] = previous[0]
		}
		return m
	}
	template := func(text string) map[string]any { return map[string]any{"template": text} }
	const valid, invalid = "Resources: {A: {Type: AWS::SNS::Topic}, P: {Type: AWS::SNS::TopicPolicy}}", "Resources: {A: {Type: AWS::SNS::Topic}}"
	inline := [2]map[string]any{template(valid), template(invalid)}
	var structured map[string]any
	if err := json.Unmarshal([]byte(`{"template": {"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}}`), &structured); err != nil {
		panic(err)
	}
	return map[string]map[string][2]map[string]any{
		"CREATE_PRE_PROVISION": {
			"AWS::S3::Bucket": {properties(goodBucket()), properties(map[string]any{})},
			"STACK":           inline,
			"CHANGE_SET":      {properties(template(valid)), properties(structured)},
		},
		"UPDATE_PRE_PROVISION": {
			"AWS::S3::Bucket": {properties(goodBucket(), goodBucket()), properties(map[string]any{}, goodBucket())},
			"STACK":           inline,
		},
		"DELETE_PRE_PROVISION": {
			"AWS::DynamoDB::Table": {properties(map[string]any{}), properties(map[string]any{"DeletionProtectionEnabled": true})},
		},
	}
}

// contractCodes are the error codes that the contract tests accept.
func contractCodes() []Code {
	return []Code{
		"NotUpdatable", "InvalidRequest", "AccessDenied", "InvalidCredentials", "AlreadyExists", "NotFound", "ResourceConflict",
		"Throttling", "ServiceLimitExceeded", "NotStabilized", "GeneralServiceException", "ServiceInternalError", "NetworkFailure",
		"InternalFailure", "InvalidTypeConfiguration", "HandlerInternalFailure", "NonCompliant", "UnsupportedTarget", "Unknown",
	}
}

// TestContract is what "cfn test" asks of a hook: contract_pre_{create,update,
// delete}_{success,failed,failed_unsupported_target}.
func TestContract(t *testing.T) {
	t.Parallel()
	for point, targets := range contractModels() {
		for target, models := range targets {
			t.Run(point+"/"+target, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, nil, nil)
				if got := r.respond(context.Background(), contractEvent(point, target, models[0])); got.Status != Success {
					t.Errorf("success: %s: %s", got.ErrorCode, got.Message)
				}
				got := r.respond(context.Background(), contractEvent(point, target, models[1]))
				if got.Status != Failed || got.ErrorCode != NonCompliant || !slices.Contains(contractCodes(), got.ErrorCode) {
					t.Errorf("failed: %s %s: %s", got.Status, got.ErrorCode, got.Message)
				}
			})
		}
		t.Run(point+"/unsupported", func(t *testing.T) {
			t.Parallel()
			model := map[string]any{"resourceProperties": map[string]any{"id": "1", "property1": "a", "property2": 2}}
			if point == "UPDATE_PRE_PROVISION" {
				model["previousResourceProperties"] = map[string]any{"id": "1", "property1": "b", "property2": 3}
			}
			got := newRig(t, nil, nil).respond(context.Background(), contractEvent(point, "aB3::xYz::Q9", model))
			if got.Status != Failed || got.ErrorCode != UnsupportedTarget {
				t.Errorf("%s %s: %s", got.Status, got.ErrorCode, got.Message)
			}
		})
	}
}
