// Program bootstrap runs the functions of the autonomous-driving use case on Lambda.
package main

import (
	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
)

func main() { bootstrap.Main(autonomousdriving.Functions()) }
