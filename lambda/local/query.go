package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/athena"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/internal/athena"
)

// Query runs a query in the workgroup and the database of the template, with values
// for its question marks as literals of SQL.
func (w *World) Query(sql string, parameters ...string) ([]map[string]string, error) {
	runner := &athena.Runner{API: sdk.NewFromConfig(w.Config()), Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	for _, r := range w.stack.resources {
		switch r.Type {
		case "AWS::Athena::WorkGroup":
			runner.WorkGroup = r.Name
		case "AWS::Glue::Database":
			runner.Database = r.Name
		}
	}
	if runner.WorkGroup == "" {
		return nil, fmt.Errorf("%s: the template has no workgroup with these parameters", w.useCase.Name)
	}
	// No two queries of a test are the same.
	w.mu.Lock()
	w.queries++
	run := fmt.Sprintf("query-%d", w.queries)
	w.mu.Unlock()
	result, err := runner.Run(w.ctx, run, athena.Query{SQL: sql, Parameters: parameters})
	if err != nil {
		return nil, err
	}
	var out []map[string]string
	for row, err := range result.Rows(w.ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// Call calls an operation of a service whose protocol is JSON with a target, such as
// "AWSStepFunctions.SendTaskSuccess". service is the name that requests are signed
// for. out may be nil.
func (w *World) Call(ctx context.Context, service, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.Addr(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Host = service + "." + awstest.Region + ".amazonaws.com"
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/"+awstest.Region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=b")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", target, response.Status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}
