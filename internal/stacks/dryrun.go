package stacks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
)

// DryRun returns a configuration whose clients print their calls to w and make
// none. answer returns what AWS might answer to an input of the SDK; nil, for what it
// does not know, is an error. It needs no credentials.
func DryRun(w io.Writer, region string, answer func(input any) (any, error)) aws.Config {
	if region == "" {
		region = "<Region>"
	}
	handle := func(ctx context.Context, in middleware.InitializeInput, _ middleware.InitializeHandler) (out middleware.InitializeOutput, _ middleware.Metadata, err error) {
		name := fmt.Sprintf("%s %s", strings.ToLower(strings.ReplaceAll(awsmiddleware.GetServiceID(ctx), " ", "")), awsmiddleware.GetOperationName(ctx))
		text, err := inputText(in.Parameters)
		if err != nil {
			return out, middleware.Metadata{}, fmt.Errorf("dry run: %s: %w", name, err)
		}
		_, _ = fmt.Fprintf(w, "%s %s\n", name, text)
		if out.Result, err = answer(in.Parameters); err == nil && out.Result == nil {
			err = fmt.Errorf("dry run: there is no answer to %s", name)
		}
		return out, middleware.Metadata{}, err
	}
	return aws.Config{
		Region: region,
		APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
			// Last, so that the SDK has checked the input by then.
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("DryRun", handle), middleware.After)
		}},
	}
}

// inputText renders the input of a call as JSON without what is not set.
// Templates and contents are replaced by their length.
func inputText(in any) (string, error) {
	if put, ok := in.(*s3.PutObjectInput); ok {
		return putText(put)
	}
	src, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	var document map[string]any
	if err := json.Unmarshal(src, &document); err != nil {
		return "", err
	}
	if text, ok := document["TemplateBody"].(string); ok {
		document["TemplateBody"] = fmt.Sprintf("<template of %d bytes>", len(text))
	}
	for name, value := range document {
		// A token that was made up, by the SDK or here.
		if text, ok := value.(string); ok && (name == "ClientRequestToken" && text != "" || len(text) == 36 && strings.Count(text, "-") == 4) {
			document[name] = "<" + name + ">"
		}
	}
	return Compact(document)
}

func putText(put *s3.PutObjectInput) (string, error) {
	body, err := io.ReadAll(put.Body)
	if err != nil {
		return "", err
	}
	put.Body = bytes.NewReader(body)
	return Compact(map[string]any{
		"Bucket": aws.ToString(put.Bucket), "Key": aws.ToString(put.Key), "Body": fmt.Sprintf("<%d bytes>", len(body)),
		"IfMatch": aws.ToString(put.IfMatch), "IfNoneMatch": aws.ToString(put.IfNoneMatch), "ContentType": aws.ToString(put.ContentType),
	})
}

// Compact renders a document as JSON on one line, without what is not set.
func Compact(document map[string]any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	pruned := prune(document)
	if pruned == nil {
		pruned = map[string]any{}
	}
	err := e.Encode(pruned)
	return strings.TrimSpace(b.String()), err
}

// prune takes away what is not set.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if v[name] = prune(inner); v[name] == nil {
				delete(v, name)
			}
		}
		if len(v) == 0 {
			return nil
		}
		return v
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
		if len(v) == 0 {
			return nil
		}
		return v
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}
