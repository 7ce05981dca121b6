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
	if err := compareOnce(ctx, report, *vigil, *reference, "at first", failsafeIs()); err != nil {
		return err
	}
	cases := failsafeCases(recording)
	for _, more := range [][]Case{
		headCases(recording), linkCases(recording), accessCases(recording), rootCases(recording), programs,
		poolCases(recording), rawCases(recording), operatorCases(recording),
	} {
		cases = append(cases, more...)
	}
	// Once, over HTTP: it serves no WebSockets.
	expected, err := askReference(ctx, *reference, cases)
	if err != nil {
		return err
	}
	for _, found := range []struct {
		where, url string
		onlyReads  bool
	}{
		{where: "HTTP", url: *vigil},
		{where: "WebSocket", url: Socket(*vigil)},
		{where: "vigil api", url: *readOnly, onlyReads: true},
	} {
		if found.url == "" {
			continue
		}
		if err := compareAll(ctx, report, found.where, found.url, cases, expected, found.onlyReads); err != nil {
			return err
		}
	}
	if err := compareOnce(ctx, report, *vigil, *reference, "at last", stopCase(recording)); err != nil {
		return err
	}
	report.Write(os.Stdout)
	if !report.Passed() {
		return errDifferent
	}
	return nil
}

func askReference(ctx context.Context, url string, cases []Case) ([]Answer, error) {
	endpoint, err := Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	defer endpoint.Close()
	var out []Answer
	for _, c := range cases {
		out = append(out, c.askReference(ctx, endpoint))
	}
	return out, ctx.Err()
}

// compareOnce is for what is there before all other cases or after them.
func compareOnce(ctx context.Context, report *Report, vigil, reference, when string, c Case) error {
	expected, err := askReference(ctx, reference, []Case{c})
	if err != nil {
		return err
	}
	return compareAll(ctx, report, when, vigil, []Case{c}, expected, false)
}

func compareAll(ctx context.Context, report *Report, where, url string, cases []Case, expected []Answer, onlyReads bool) error {
	endpoint, err := Dial(ctx, url)
	if err != nil {
		return err
	}
	defer endpoint.Close()
	for i, c := range cases {
		if c.Operates && onlyReads {
			continue
		}
		report.Add(where, c, c.Compare(c.askVigil(ctx, endpoint), expected[i]))
	}
	return ctx.Err()
}
