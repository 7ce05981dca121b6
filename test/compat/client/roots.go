package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ethereum-optimism/optimism/op-service/eth"
	stack "github.com/ethereum-optimism/optimism/op-supervisor/supervisor/types"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// rootCases ask for the super root at every second of the recording, and at times at which there is none.
func rootCases(recording *Recording) []Case {
	var cases []Case
	for _, time := range times(recording) {
		cases = append(cases, superRoot(time))
		if time >= recording.Chains[0].Blocks[0].Time {
			cases = append(cases, superRootOfSuperNode(recording, time))
		}
	}
	return cases
}

func times(recording *Recording) []uint64 {
	var first, last uint64 = math.MaxUint64, 0
	for _, chain := range recording.Chains {
		first = min(first, chain.Blocks[0].Time)
		last = max(last, chain.Blocks[len(chain.Blocks)-1].Time)
	}
	out := []uint64{0, first - 1, last + 100, last + 100_000}
	for time := first; time < last+4; time++ {
		out = append(out, time)
	}
	return out
}

func superRoot(time uint64) Case {
	return Case{
		Method: "supervisor_superRootAtTimestamp",
		Name:   fmt.Sprintf("at %d", time),
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.SuperRootAtTimestamp(ctx, hexutil.Uint64(time))
		},
	}
}

// atTime is what superroot_atTimestamp says, as far as it can be had from op-supervisor in another way.
type atTime struct {
	SafeTime, FinalizedTime uint64
	Chains                  []eth.ChainID
	// Empty if there is no data.
	Root       eth.Bytes32
	Super      []byte
	RequiredL1 eth.BlockID
	Optimistic map[eth.ChainID]eth.OutputWithRequiredL1
}

// superRootOfSuperNode holds the method of op-supernode, which op-supervisor has not, against its super root, its sync
// status and the recorded derivation.
func superRootOfSuperNode(recording *Recording, time uint64) Case {
	return Case{
		Method: "superroot_atTimestamp",
		Name:   fmt.Sprintf("at %d", time),
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			response, err := e.SuperNode.SuperRootAtTimestamp(ctx, time)
			if err != nil {
				return nil, err
			}
			out := atTime{
				SafeTime:      response.CurrentSafeTimestamp,
				FinalizedTime: response.CurrentFinalizedTimestamp,
				Chains:        response.ChainIDs,
			}
			if response.Data != nil {
				out.Root = response.Data.SuperRoot
				out.Super = response.Data.Super.Marshal()
				out.RequiredL1 = response.Data.VerifiedRequiredL1
				out.Optimistic = response.OptimisticAtTimestamp
			}
			return out, nil
		},
		Reference: func(ctx context.Context, e *Endpoint) (any, error) {
			return referenceAtTime(ctx, e, recording, time)
		},
	}
}

func referenceAtTime(ctx context.Context, e *Endpoint, recording *Recording, time uint64) (any, error) {
	status, err := e.Supervisor.SyncStatus(ctx)
	if err != nil {
		return nil, err
	}
	out := atTime{SafeTime: status.SafeTimestamp, FinalizedTime: status.FinalizedTimestamp}
	for _, chain := range recording.Chains {
		out.Chains = append(out.Chains, chain.ID)
	}
	response, err := e.Supervisor.SuperRootAtTimestamp(ctx, hexutil.Uint64(time))
	if isNotFound(err) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	super, err := response.ToSuper()
	if err != nil {
		return nil, err
	}
	out.Root, out.Super, out.RequiredL1 = response.SuperRoot, super.Marshal(), response.CrossSafeDerivedFrom
	out.Optimistic = make(map[eth.ChainID]eth.OutputWithRequiredL1)
	for i, info := range response.Chains {
		output, err := pendingOutput(info)
		if err != nil {
			return nil, err
		}
		out.Optimistic[info.ChainID] = eth.OutputWithRequiredL1{
			Output:     output,
			OutputRoot: eth.OutputRoot(output),
			RequiredL1: recording.Chains[i].firstSource(output),
		}
	}
	return out, nil
}

func pendingOutput(info eth.ChainRootInfo) (*eth.OutputV0, error) {
	output, err := eth.UnmarshalOutput(info.Pending)
	if err != nil {
		return nil, err
	}
	v0, ok := output.(*eth.OutputV0)
	if !ok {
		return nil, fmt.Errorf("output of version %s", output.Version())
	}
	return v0, nil
}

// firstSource is the L1 block from which the block was derived first.
func (c *Chain) firstSource(output *eth.OutputV0) eth.BlockID {
	if output.BlockHash == c.Rollup.Genesis.L2.Hash {
		return c.Rollup.Genesis.L1
	}
	link := slices.IndexFunc(c.Links, func(pair stack.DerivedIDPair) bool { return pair.Derived.Hash == output.BlockHash })
	if link == -1 {
		return eth.BlockID{}
	}
	return c.Links[link].Source
}
