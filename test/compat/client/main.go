// Command compat asks Vigil and op-supervisor the same through the stack's own clients, and compares what the clients
// make of the answers. Both must have followed the same recording to its end. It exits with 1 if anything differs that
// is not declared.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var errDifferent = errors.New("Vigil differs from op-supervisor")

func run(ctx context.Context) error {
	vigil := flag.String("vigil", "", "HTTP address of Vigil")
	reference := flag.String("reference", "", "HTTP address of op-supervisor")
	readOnly := flag.String("read-only", "", "HTTP address of a `vigil api` of the same data; without it none is asked")
	path := flag.String("recording", "", "the recording that both have followed")
	flag.Parse()
	recording, err := ReadRecording(*path)
	if err != nil {
		return err
	}
	report := NewReport()
	programs, err := programCases(recording)
	if err != nil {
		return err
	}
	// After an invalidation failsafe is on, and nothing else can be compared before it is off.
	cases := append([]Case{failsafeIs()}, failsafeCases(recording)...)
	for _, more := range [][]Case{
		headCases(recording), linkCases(recording), accessCases(recording), rootCases(recording), programs,
		poolCases(recording), rawCases(recording), operatorCases(recording),
	} {
		cases = append(cases, more...)
	}
	// op-supervisor serves no WebSockets.
	for _, found := range []struct{ where, url string }{{"HTTP", *vigil}, {"WebSocket", Socket(*vigil)}} {
		if err := compareAll(ctx, report, found.where, found.url, *reference, cases); err != nil {
			return err
		}
	}
	if *readOnly != "" {
		if err := compareAll(ctx, report, "vigil api", *readOnly, *reference, readCases(cases)); err != nil {
			return err
		}
	}
	report.Write(os.Stdout)
	if !report.Passed() {
		return errDifferent
	}
	return nil
}

// readCases are those that a process that only reads can answer.
func readCases(cases []Case) []Case {
	var out []Case
	for _, c := range cases {
		if !c.Operates {
			out = append(out, c)
		}
	}
	return out
}

func compareAll(ctx context.Context, report *Report, where, vigilURL, referenceURL string, cases []Case) error {
	vigil, err := Dial(ctx, vigilURL)
	if err != nil {
		return err
	}
	defer vigil.Close()
	reference, err := Dial(ctx, referenceURL)
	if err != nil {
		return err
	}
	defer reference.Close()
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return err
		}
		found, expected := c.ask(ctx, vigil, reference)
		report.Add(where, c, Compare(c.Method, found, expected))
	}
	return nil
}
