package main

import (
	"fmt"
	"strings"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving/autonomousdrivinglocal"
	"github.com/fsxns3ap/guardhook/lambda/eventdriven/eventdrivenlocal"
	"github.com/fsxns3ap/guardhook/lambda/legalcompliance/legalcompliancelocal"
	"github.com/fsxns3ap/guardhook/lambda/local"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda/semiconductoredalocal"
	"github.com/fsxns3ap/guardhook/lambda/shared/autostop/autostoplocal"
)

// useCases are the use cases, and the functions of shared stacks, by name.
func useCases() []local.UseCase {
	return []local.UseCase{
		autonomousdrivinglocal.UseCase(),
		autostoplocal.UseCase(),
		eventdrivenlocal.UseCase(),
		legalcompliancelocal.UseCase(),
		semiconductoredalocal.UseCase(),
	}
}

// useCase returns the one with a name.
func useCase(name string) (local.UseCase, error) {
	var names []string
	for _, u := range useCases() {
		if u.Name == name {
			return u, nil
		}
		names = append(names, u.Name)
	}
	return local.UseCase{}, usagef("there is no use case %q: want one of %s", name, strings.Join(names, ", "))
}

// function tells whether a use case has a function.
func function(u local.UseCase, name string) error {
	for _, handler := range u.Names() {
		if handler == name {
			return nil
		}
	}
	return usagef("%s has no function %q: want one of %s", u.Name, name, strings.Join(u.Names(), ", "))
}

// describe says in a few words what a use case has.
func describe(u local.UseCase) string {
	machine := "no state machine"
	if u.Machine != "" {
		machine = "state machine " + u.Machine
	}
	return fmt.Sprintf("%s; %s", strings.Join(u.Names(), ", "), machine)
}
