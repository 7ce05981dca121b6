package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
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
func (c Case) Compare(found, expected Answer) Verdict {
	if found.Err == nil && expected.Err == nil {
		if reflect.DeepEqual(found.Value, expected.Value) {
			return Verdict{}
		}
		return Verdict{Different: fmt.Sprintf("answered %s, op-supervisor %s", text(found.Value), text(expected.Value))}
	}
	both := fmt.Sprintf("%s, op-supervisor %s", found, expected)
	bothRefuse := found.Err != nil && expected.Err != nil
	if bothRefuse && isNotFound(found.Err) != isNotFound(expected.Err) {
		return Verdict{Different: "for clients one is \"not found\": " + both}
	}
	if bothRefuse && codeOf(found.Err) == codeOf(expected.Err) && codeOf(expected.Err) != noCode {
		return Verdict{Refused: true}
	}
	for i := range Differences {
		if Differences[i].covers(c, found.Err, expected.Err) {
			return Verdict{Allowed: &Differences[i]}
		}
	}
	return Verdict{Different: both}
}

func (a Answer) String() string {
	if a.Err != nil {
		return fmt.Sprintf("refused with %d: %v", codeOf(a.Err), a.Err)
	}
	return "answered " + text(a.Value)
}

func text(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%+v", value)
	}
	return string(out)
}

func (d Difference) covers(c Case, found, expected error) bool {
	if (d.Method != "" && d.Method != c.Method) || (d.Case != "" && d.Case != c.Name) {
		return false
	}
	return d.coversReference(expected) && d.coversVigil(found)
}

func (d Difference) coversReference(expected error) bool {
	if d.Answers == onlyReference {
		return expected == nil
	}
	return expected != nil && codeOf(expected) == d.Reference && strings.Contains(expected.Error(), d.Words)
}

func (d Difference) coversVigil(found error) bool {
	if d.Answers == onlyVigil {
		return found == nil
	}
	if found == nil || (d.KeepsWords && !strings.Contains(found.Error(), d.Words)) {
		return false
	}
	return slices.Contains(d.Vigil, codeOf(found))
}
