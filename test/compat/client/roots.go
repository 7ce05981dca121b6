package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ethereum-optimism/optimism/op-service/eth"
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
	SafeTime, LocalSafeTime, FinalizedTime uint64
	CurrentL1                              eth.BlockID
	Chains                                 []eth.ChainID
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
				LocalSafeTime: response.CurrentLocalSafeTimestamp,
				CurrentL1:     response.CurrentL1,
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
	out := atTime{
		SafeTime:      status.SafeTimestamp,
		LocalSafeTime: math.MaxUint64,
		FinalizedTime: status.FinalizedTimestamp,
		CurrentL1:     status.MinSyncedL1.ID(),
	}
	for _, chain := range recording.Chains {
		out.Chains = append(out.Chains, chain.ID)
		head := status.Chains[chain.ID].LocalSafe
		out.LocalSafeTime = min(out.LocalSafeTime, chain.Blocks[head.Number-chain.Blocks[0].Number].Time)
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
			RequiredL1: recording.firstSource(recording.Chains[i], output),
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

// firstSource is the first L1 block from which the block was derived, of those that were not reorged out.
func (r *Recording) firstSource(chain *Chain, output *eth.OutputV0) eth.BlockID {
	if output.BlockHash == chain.Rollup.Genesis.L2.Hash {
		return chain.Rollup.Genesis.L1
	}
	for _, link := range chain.Links {
		isSource := func(block eth.BlockRef) bool { return block.ID() == link.Source }
		if link.Derived.Hash == output.BlockHash && slices.ContainsFunc(r.L1, isSource) {
			return link.Source
		}
	}
	return eth.BlockID{}
}
