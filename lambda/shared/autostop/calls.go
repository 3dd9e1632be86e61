package autostop

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// Calls counts calls of endpoints by their metrics.
type Calls struct {
	CloudWatch cloudwatch.GetMetricDataAPIClient
}

// Sum counts the calls of an endpoint's variants between two times. Metrics that
// are not there count as none, since SageMaker publishes none without calls; what
// CloudWatch does not answer in full is an error.
func (c Calls) Sum(ctx context.Context, endpoint string, variants []string, from, to time.Time) (float64, error) {
	in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(from), EndTime: aws.Time(to)}
	for i, variant := range variants {
		in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{
			Id:         aws.String(fmt.Sprintf("variant%d", i)),
			MetricStat: invocations(endpoint, variant),
		})
	}
	var sum float64
	pages := cloudwatch.NewGetMetricDataPaginator(c.CloudWatch, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		for _, result := range page.MetricDataResults {
			switch result.StatusCode {
			case types.StatusCodeComplete, types.StatusCodePartialData: // the rest is on the next page
			default:
				return 0, failure.New(failure.Unavailable, "metrics of %s: status %q", aws.ToString(result.Label), result.StatusCode)
			}
			for _, value := range result.Values {
				sum += value
			}
		}
	}
	return sum, nil
}

// invocations is the metric of
// https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
func invocations(endpoint, variant string) *types.MetricStat {
	return &types.MetricStat{
		Metric: &types.Metric{
			Namespace:  aws.String("AWS/SageMaker"),
			MetricName: aws.String("Invocations"),
			Dimensions: []types.Dimension{
				{Name: aws.String("EndpointName"), Value: aws.String(endpoint)},
				{Name: aws.String("VariantName"), Value: aws.String(variant)},
			},
		},
		Period: aws.Int32(60),
		Stat:   aws.String("Sum"),
	}
}
