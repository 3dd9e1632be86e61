// Program bootstrap runs the functions of the semiconductor-eda use case on Lambda.
package main

import (
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda"
)

func main() { bootstrap.Main(semiconductoreda.Functions()) }
