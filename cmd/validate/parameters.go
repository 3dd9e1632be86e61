package main

import (
	"errors"

	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/internal/parameters"
	"github.com/fsxns3ap/guardhook/validate/report"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// readParameters reads the values that the command line gives.
func readParameters(g *grammar) (*parameters.Given, error) {
	params, err := parameters.Read(g.ParameterFile, g.Parameters)
	if errors.Is(err, parameters.ErrUsage) {
		return nil, cli.AsUsage(err)
	}
	return params, err
}

// refused lists, for the report, the values that a template does not take.
func refused(params *parameters.Given, t *template.Template) []report.Remark {
	var out []report.Remark
	for _, e := range params.Refused(t) {
		out = append(out, report.Remark{Line: e.Line, Column: e.Col, Message: e.Message})
	}
	return out
}
