package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Verdict is what the comparison of two answers gave.
type Verdict struct {
	// Both refused.
	Refused bool
	// The declared difference, if there is one.
	Allowed *Difference
	// What differs; empty: nothing that is not declared.
	Different string
}

// Compare holds an answer of Vigil against that of op-supervisor.
func Compare(method string, found, expected Answer) Verdict {
	switch {
	case found.Err == nil && expected.Err == nil:
		if reflect.DeepEqual(found.Value, expected.Value) {
			return Verdict{}
		}
		return Verdict{Different: fmt.Sprintf("answered %s, op-supervisor %s", text(found.Value), text(expected.Value))}
	case found.Err == nil:
		return Verdict{Different: fmt.Sprintf("answered %s, op-supervisor refused: %v", text(found.Value), expected.Err)}
	case expected.Err == nil:
		return Verdict{Different: fmt.Sprintf("refused (%d: %v), op-supervisor answered %s", codeOf(found.Err), found.Err, text(expected.Value))}
	}
	return compareErrors(method, found.Err, expected.Err)
}

func compareErrors(method string, found, expected error) Verdict {
	both := fmt.Sprintf("refused with %d: %v, op-supervisor with %d: %v", codeOf(found), found, codeOf(expected), expected)
	if isNotFound(found) != isNotFound(expected) {
		return Verdict{Refused: true, Different: "for clients one is \"not found\": " + both}
	}
	if codeOf(found) == codeOf(expected) && codeOf(expected) != noCode {
		return Verdict{Refused: true}
	}
	for i := range Differences {
		if Differences[i].covers(method, found, expected) {
			return Verdict{Refused: true, Allowed: &Differences[i]}
		}
	}
	return Verdict{Refused: true, Different: both}
}

func text(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%+v", value)
	}
	return string(out)
}

func (d Difference) covers(method string, found, expected error) bool {
	if d.Method != "" && d.Method != method {
		return false
	}
	if codeOf(expected) != d.Reference || !strings.Contains(expected.Error(), d.Words) {
		return false
	}
	if d.KeepsWords && !strings.Contains(found.Error(), d.Words) {
		return false
	}
	for _, code := range d.Vigil {
		if code == codeOf(found) {
			return true
		}
	}
	return false
}
