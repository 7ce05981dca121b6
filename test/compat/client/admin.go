package main

import (
	"context"
	"errors"
	"strings"

	"github.com/ethereum-optimism/optimism/op-service/eth"
	stack "github.com/ethereum-optimism/optimism/op-supervisor/supervisor/types"
)

// failsafeCases turn failsafe on, look at all that it refuses, and end with it off.
func failsafeCases(recording *Recording) []Case {
	message, executing, _ := sample(recording)
	executed := stack.ExecutingDescriptor{ChainID: executing, Timestamp: message.Identifier.Timestamp + 10}
	refused := func(name string, ask Ask) Case {
		return Case{Method: "failsafe", Name: name, Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			_, err := ask(ctx, e)
			return []any{codeOf(err), err != nil && strings.Contains(err.Error(), stack.ErrFailsafeEnabled.Error())}, nil
		}}
	}
	var cases []Case
	for _, as := range []struct {
		name string
		set  func(context.Context, *Endpoint, bool) error
	}{
		{"op-supervisor's client", func(ctx context.Context, e *Endpoint, on bool) error {
			return e.Supervisor.SetFailsafeEnabled(ctx, on)
		}},
		{"op-interop-mon's client", func(ctx context.Context, e *Endpoint, on bool) error {
			return e.Monitor.SetFailsafeEnabled(ctx, on)
		}},
	} {
		cases = append(cases, setFailsafe(as.name, as.set, true), failsafeIs())
		cases = append(cases,
			refused("a valid list", func(ctx context.Context, e *Endpoint) (any, error) {
				return nil, e.Supervisor.CheckAccessList(ctx, encode(message), stack.CrossUnsafe, executed)
			}),
			refused("an empty list", func(ctx context.Context, e *Endpoint) (any, error) {
				return nil, e.Supervisor.CheckAccessList(ctx, nil, stack.CrossUnsafe, executed)
			}),
			refused("level invalid", func(ctx context.Context, e *Endpoint) (any, error) {
				return nil, e.Supervisor.CheckAccessList(ctx, nil, stack.Invalid, executed)
			}),
			refused("a list that is no list", func(ctx context.Context, e *Endpoint) (any, error) {
				return nil, e.Supervisor.CheckAccessList(ctx, encode(message)[:1], stack.CrossUnsafe, executed)
			}),
		)
		cases = append(cases, poolCases(recording)...)
		cases = append(cases, setFailsafe(as.name, as.set, false), failsafeIs())
	}
	for i := range cases {
		cases[i].Operates = true
	}
	return cases
}

func setFailsafe(name string, set func(context.Context, *Endpoint, bool) error, on bool) Case {
	return Case{Method: "admin_setFailsafeEnabled", Name: name, Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
		return nil, set(ctx, e, on)
	}}
}

// failsafeIs asks as each of the three programs that want to know it.
func failsafeIs() Case {
	return Case{Method: "admin_getFailsafeEnabled", Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
		var answers [3]bool
		var errs [3]error
		answers[0], errs[0] = e.Supervisor.GetFailsafeEnabled(ctx)
		answers[1], errs[1] = e.Monitor.GetFailsafeEnabled(ctx)
		answers[2], errs[2] = e.Pool.GetFailsafeEnabled(ctx)
		return answers, errors.Join(errs[:]...)
	}}
}

// operatorCases are what an operator may get wrong. What would change the data of op-supervisor is not asked: it
// cannot rewind to a block that is not cross-safe, and cannot be started again after a stop.
func operatorCases(recording *Recording) []Case {
	chain := recording.Chains[0]
	rewind := func(name string, id eth.ChainID, block eth.BlockID) Case {
		return Case{Method: "admin_rewind", Name: name, Operates: true, Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return nil, e.Supervisor.Rewind(ctx, id, block)
		}}
	}
	last := chain.Blocks[len(chain.Blocks)-1]
	return []Case{
		rewind("an unknown chain", unknownChain, last.ID()),
		rewind("another block", chain.ID, eth.BlockID{Hash: otherHash, Number: last.Number - 1}),
		rewind("a block of the future", chain.ID, eth.BlockID{Hash: otherHash, Number: last.Number + 1000}),
		{Method: "admin_start", Name: "while it runs", Operates: true, Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return nil, e.Supervisor.Start(ctx)
		}},
	}
}

// stopCase stops and starts Vigil, which answers in between as before. op-supervisor closes its databases on a stop, so
// it is only asked for what the answer must be.
func stopCase(recording *Recording) Case {
	read := func(ctx context.Context, e *Endpoint) (any, error) {
		return e.Supervisor.CrossSafe(ctx, recording.Chains[0].ID)
	}
	return Case{
		Method: "admin_stop",
		Name:   "reads go on",
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			if err := e.Supervisor.Stop(ctx); err != nil {
				return nil, err
			}
			head, err := read(ctx, e)
			return head, errors.Join(err, e.Supervisor.Start(ctx))
		},
		Reference: read,
	}
}
