package main

import (
	"context"
	"fmt"

	"github.com/ethereum-optimism/optimism/op-service/eth"
	"github.com/ethereum/go-ethereum/common"
)

// The hash of no block.
var otherHash = common.HexToHash("0x1111111111111111111111111111111111111111111111111111111111111111")

// linkCases ask which L1 block made each L2 block safe, and what each L1 block made safe.
func linkCases(recording *Recording) []Case {
	var cases []Case
	for _, chain := range recording.Chains {
		last := chain.Blocks[len(chain.Blocks)-1]
		for _, block := range append(append([]Block{}, chain.Blocks...), chain.Orphans...) {
			cases = append(cases, derivedToSource(chain.ID, block.ID()))
		}
		cases = append(cases,
			derivedToSource(chain.ID, eth.BlockID{Hash: otherHash, Number: chain.Blocks[5].Number}),
			derivedToSource(chain.ID, eth.BlockID{Hash: otherHash, Number: chain.Blocks[0].Number}),
			derivedToSource(chain.ID, eth.BlockID{Hash: otherHash, Number: last.Number + 1000}),
			derivedToSource(chain.ID, eth.BlockID{Hash: last.Hash, Number: last.Number - 1}),
			derivedToSource(unknownChain, last.ID()),
		)
	}
	for _, block := range append(append([]eth.BlockRef{}, recording.L1...), recording.L1Orphans...) {
		cases = append(cases, safeDerivedAt(block.ID()))
	}
	last := recording.L1[len(recording.L1)-1]
	return append(cases,
		safeDerivedAt(eth.BlockID{Hash: otherHash, Number: recording.L1[5].Number}),
		safeDerivedAt(eth.BlockID{Hash: otherHash, Number: 0}),
		safeDerivedAt(eth.BlockID{Hash: otherHash, Number: last.Number + 1000}),
		safeDerivedAt(eth.BlockID{Hash: last.Hash, Number: 5}),
	)
}

func derivedToSource(chain eth.ChainID, derived eth.BlockID) Case {
	return Case{
		Method: "supervisor_crossDerivedToSource",
		Name:   fmt.Sprintf("chain %s, %s", chain, derived),
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.CrossDerivedToSource(ctx, chain, derived)
		},
	}
}

func safeDerivedAt(source eth.BlockID) Case {
	return Case{
		Method: "supervisor_allSafeDerivedAt",
		Name:   "L1 " + source.String(),
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return e.Supervisor.AllSafeDerivedAt(ctx, source)
		},
	}
}
