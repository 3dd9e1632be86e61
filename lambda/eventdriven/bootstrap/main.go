// Program bootstrap runs the functions of the event-driven use case on Lambda.
package main

import (
	"github.com/fsxns3ap/guardhook/lambda/eventdriven"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
)

func main() { bootstrap.Main(eventdriven.Functions()) }
