package main

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/ethereum-optimism/optimism/op-service/eth"
	"github.com/ethereum-optimism/optimism/op-supervisor/supervisor/backend/depset"
)

// A chain that is not in any dependency set here.
var unknownChain = eth.ChainIDFromUInt64(903)

// headCases ask for the heads of all chains, and of one that is not there.
func headCases(recording *Recording) []Case {
	cases := []Case{
		{Method: "supervisor_syncStatus", Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.SyncStatus(ctx)
		}},
		{Method: "supervisor_finalizedL1", Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.FinalizedL1(ctx)
		}},
		dependencySetCase(recording),
	}
	ids := []eth.ChainID{unknownChain}
	for _, chain := range recording.Chains {
		ids = append(ids, chain.ID)
	}
	for _, id := range ids {
		cases = append(cases, headsOf(id)...)
	}
	return cases
}

func headsOf(id eth.ChainID) []Case {
	name := "chain " + id.String()
	return []Case{
		{Method: "supervisor_localUnsafe", Name: name, Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.LocalUnsafe(ctx, id)
		}},
		{Method: "supervisor_localSafe", Name: name, Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.LocalSafe(ctx, id)
		}},
		{Method: "supervisor_crossSafe", Name: name, Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.CrossSafe(ctx, id)
		}},
		{Method: "supervisor_finalized", Name: name, Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.Finalized(ctx, id)
		}},
		crossUnsafeCase(id),
	}
}

// crossUnsafeCase holds the method, which op-supervisor has not, against its sync status.
func crossUnsafeCase(id eth.ChainID) Case {
	return Case{
		Method: "supervisor_crossUnsafe",
		Name:   "chain " + id.String(),
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			var head eth.BlockID
			err := e.RPC.CallContext(ctx, &head, "supervisor_crossUnsafe", id)
			return head, err
		},
		Reference: func(ctx context.Context, e *Endpoint) (any, error) {
			status, err := e.Supervisor.SyncStatus(ctx)
			if err != nil {
				return nil, err
			}
			chain, ok := status.Chains[id]
			if !ok {
				return e.Supervisor.LocalUnsafe(ctx, id)
			}
			return chain.CrossUnsafe, nil
		},
	}
}

// dependencySetCase holds the method, which is of kona-supervisor, against what both were started with.
func dependencySetCase(recording *Recording) Case {
	return Case{
		Method: "supervisor_dependencySetV1",
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			var raw json.RawMessage
			if err := e.RPC.CallContext(ctx, &raw, "supervisor_dependencySetV1"); err != nil {
				return nil, err
			}
			return dependencySet(raw)
		},
		Reference: func(context.Context, *Endpoint) (any, error) {
			return dependencySet(recording.DependencySet)
		},
	}
}

func dependencySet(file []byte) (any, error) {
	return depset.ParseJSONDependencySet(bytes.NewReader(file))
}
