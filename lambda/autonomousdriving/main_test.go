package autonomousdriving_test

import (
	"os"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// What is started once: the checker of answers, and AWS.
var (
	checker *awsfake.Checker
	cloud   *local.Cloud
)

func TestMain(m *testing.M) {
	checker = awsfake.Must(awsfake.StartChecker())
	cloud = awsfake.Must(local.Start())
	os.Exit(m.Run())
}
