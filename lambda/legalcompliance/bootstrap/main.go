// Program bootstrap runs the functions of the legal-compliance use case on Lambda.
package main

import (
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/legalcompliance"
)

func main() { bootstrap.Main(legalcompliance.Functions()) }
