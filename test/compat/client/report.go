package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// The most differences of one row that are told in full.
const toldOfRow = 10

type row struct {
	method                            string
	answered, refused, allowed, wrong int
}

// Report counts verdicts by method, and keeps what differs.
type Report struct {
	rows    []*row
	byName  map[string]*row
	allowed map[*Difference]int
	wrong   []string
}

// NewReport is an empty one.
func NewReport() *Report {
	return &Report{byName: make(map[string]*row), allowed: make(map[*Difference]int)}
}

// Add counts a verdict. Where says over which connection.
func (r *Report) Add(where string, c Case, verdict Verdict) {
	to := r.byName[c.Method]
	if to == nil {
		to = &row{method: c.Method}
		r.byName[c.Method] = to
		r.rows = append(r.rows, to)
	}
	switch {
	case verdict.Different != "":
		to.wrong++
		if to.wrong <= toldOfRow {
			r.wrong = append(r.wrong, fmt.Sprintf("%s, %s, %s: %s", where, c.Method, c.Name, verdict.Different))
		}
	case verdict.Allowed != nil:
		to.allowed++
		r.allowed[verdict.Allowed]++
	case verdict.Refused:
		to.refused++
	default:
		to.answered++
	}
}

// Passed is whether nothing differs that is not declared.
func (r *Report) Passed() bool {
	return len(r.wrong) == 0
}

// Write prints the table, how often each declared difference was there, and what else differs.
func (r *Report) Write(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "same answer\tsame error\tdeclared\tdifferent\t  method")
	var sum row
	for _, row := range r.rows {
		fmt.Fprintf(table, "%d\t%d\t%d\t%d\t  %s\n", row.answered, row.refused, row.allowed, row.wrong, row.method)
		sum.answered += row.answered
		sum.refused += row.refused
		sum.allowed += row.allowed
		sum.wrong += row.wrong
	}
	fmt.Fprintf(table, "%d\t%d\t%d\t%d\t  all\n", sum.answered, sum.refused, sum.allowed, sum.wrong)
	table.Flush()
	for i := range Differences {
		if count := r.allowed[&Differences[i]]; count > 0 {
			fmt.Fprintf(out, "declared, %d times: %s\n", count, Differences[i].Name)
		}
	}
	for _, text := range r.wrong {
		fmt.Fprintf(out, "different: %s\n", text)
	}
}
