package legalcompliance

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/athena"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
)

// cutOff is an Athena whose second page of rows breaks off.
type cutOff struct{ athena.API }

func (cutOff) StartQueryExecution(context.Context, *sdk.StartQueryExecutionInput, ...func(*sdk.Options)) (*sdk.StartQueryExecutionOutput, error) {
	return &sdk.StartQueryExecutionOutput{QueryExecutionId: aws.String("q")}, nil
}

func (cutOff) GetQueryExecution(context.Context, *sdk.GetQueryExecutionInput, ...func(*sdk.Options)) (*sdk.GetQueryExecutionOutput, error) {
	return &sdk.GetQueryExecutionOutput{QueryExecution: &types.QueryExecution{Status: &types.QueryExecutionStatus{State: types.QueryExecutionStateSucceeded}}}, nil
}

func (cutOff) GetQueryResults(_ context.Context, in *sdk.GetQueryResultsInput, _ ...func(*sdk.Options)) (*sdk.GetQueryResultsOutput, error) {
	if in.NextToken != nil {
		return nil, fmt.Errorf("deserialization failed: %w", io.ErrUnexpectedEOF)
	}
	return &sdk.GetQueryResultsOutput{NextToken: aws.String("n"), ResultSet: &types.ResultSet{
		ResultSetMetadata: &types.ResultSetMetadata{ColumnInfo: []types.ColumnInfo{{Name: aws.String("object_key")}}},
		Rows:              []types.Row{{Data: []types.Datum{{VarCharValue: aws.String("a")}}}},
	}}, nil
}

// TestCutOff: rows that break off are an error, not the end of them.
func TestCutOff(t *testing.T) {
	t.Parallel()
	a := &analyzer{runner: &athena.Runner{API: cutOff{}}, output: awsfake.New(t, "output").Store("output")}
	f, _, err := a.find(t.Context(), Run{Run: "r", Audit: "2026-11-26"}, query{name: "x"})
	if err == nil {
		t.Errorf("%+v", f)
	}
}
