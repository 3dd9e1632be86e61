package workflowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/awstest"
)

// StateMachine is a state machine of an account.
type StateMachine struct {
	ARN     string
	account *Account
}

// Step is something that happens in an execution.
type Step struct {
	// State is the one in which it happens; none for the execution itself.
	State string
	// Index is the visit of the state in Execution.Visits, Visit what is known of it.
	Index int
	Visit Visit
	// Type is that of a history event: "TaskStateEntered", "TaskFailed", ...
	Type                        string
	Input, Output, Error, Cause string
}

// event is a history event.
type event struct {
	ID, Previous                int
	Index                       *int // of the item of a Map state
	Type, Name                  string
	Input, Output, Error, Cause string
}

// Run runs an execution to its end. see is called for each step, as it happens; it
// may be nil. An execution that fails is no error.
func (m *StateMachine) Run(ctx context.Context, name string, input []byte, see func(Step)) (Execution, error) {
	var e Execution
	var started struct{ ExecutionArn string }
	if err := m.account.states(ctx, "StartExecution", map[string]string{"stateMachineArn": m.ARN, "name": name, "input": string(input)}, &started); err != nil {
		return e, err
	}
	h := history{execution: &e, state: map[int]int{0: -1}, item: map[int]int{0: -1}, failure: map[int][2]int{}, see: see}
	question := map[string]any{"account": m.account.ID, "region": awstest.Region, "execution": started.ExecutionArn}
	for {
		var news struct {
			Events       []event
			Status       string
			Error, Cause *string
			Output       *string
			Pauses       [][2]float64
		}
		question["after"] = h.seen
		if err := m.account.post(ctx, "/local/events", nil, question, &news); err != nil {
			return e, err
		}
		for _, ev := range news.Events {
			h.add(ev, news.Pauses)
		}
		if news.Status == "RUNNING" {
			continue
		}
		e.Status = news.Status
		if news.Error != nil {
			e.Error = *news.Error
		}
		if news.Cause != nil {
			e.Cause = *news.Cause
		}
		if news.Output != nil && strings.HasPrefix(*news.Output, "{") {
			if err := json.Unmarshal([]byte(*news.Output), &e.Output); err != nil {
				return e, fmt.Errorf("output of the execution: %w", err)
			}
		}
		return e, nil
	}
}

// history reads the events of an execution.
type history struct {
	execution *Execution
	seen      int
	// state is the visit that an event is of, by the id of the event; -1 for none.
	state map[int]int
	// item is the index of the item, and failure visit and number of a failure, by
	// the id of the event.
	item    map[int]int
	failure map[int][2]int
	see     func(Step)
}

func (h *history) add(ev event, pauses [][2]float64) {
	h.seen++
	item, ok := h.item[ev.Previous]
	if !ok {
		item = -1
	}
	if ev.Index != nil {
		item = *ev.Index
	}
	h.item[ev.ID] = item
	e := h.execution
	visit, ok := h.state[ev.Previous]
	if !ok {
		visit = -1
	}
	step := Step{Type: ev.Type, Input: ev.Input, Output: ev.Output, Error: ev.Error, Cause: ev.Cause}
	switch {
	case strings.HasSuffix(ev.Type, "StateEntered"):
		visit = len(e.Visits)
		e.States = append(e.States, ev.Name)
		e.Visits = append(e.Visits, Visit{State: ev.Name, Input: ev.Input, Item: item})
	case strings.HasSuffix(ev.Type, "StateExited"):
		// What runs in branches is between: the last open visit of the state is meant.
		visit = h.open(visit, ev.Name)
		if visit >= 0 {
			e.Visits[visit].Output = ev.Output
			h.item[ev.ID] = e.Visits[visit].Item // behind a Map there is no item
		}
	case ev.Error != "" && visit >= 0 && !strings.HasPrefix(ev.Type, "Execution"):
		h.failure[ev.ID] = [2]int{visit, len(e.Visits[visit].Failures)}
		e.Visits[visit].Failures = append(e.Visits[visit].Failures, ev.Error)
		e.Visits[visit].Pauses = append(e.Visits[visit].Pauses, 0)
	}
	for _, p := range pauses {
		if f, ok := h.failure[int(p[0])]; ok {
			e.Visits[f[0]].Pauses[f[1]] = p[1]
		}
	}
	h.state[ev.ID] = visit
	step.Index = visit
	if visit >= 0 && !strings.HasPrefix(ev.Type, "Execution") {
		step.State, step.Visit = e.Visits[visit].State, e.Visits[visit]
	}
	if h.see != nil {
		h.see(step)
	}
}

// open returns the visit of a state that is left: the one of the events before, or
// the last one that has not ended.
func (h *history) open(visit int, name string) int {
	visits := h.execution.Visits
	if visit >= 0 && visits[visit].State == name {
		return visit
	}
	for i := len(visits) - 1; i >= 0; i-- {
		if visits[i].State == name && visits[i].Output == "" {
			return i
		}
	}
	return -1
}
