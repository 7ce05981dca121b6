package main

import (
	"context"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/types/interoptypes"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

// poolCases have the filter of op-geth's transaction pool judge transactions.
func poolCases(recording *Recording) []Case {
	valid, executing, ok := sample(recording)
	if !ok {
		return nil
	}
	broken, future := valid, valid
	broken.PayloadHash[0] ^= 1
	future.Identifier.BlockNumber += 100_000
	lists := map[string][]common.Hash{
		"no interop entries":      nil,
		"a valid message":         encode(valid),
		"another payload":         encode(broken),
		"valid, then broken":      encode(valid, broken),
		"a block of the future":   encode(future),
		"a list that is no list":  encode(valid)[:1],
		"the same message, twice": encode(valid, valid),
	}
	now := valid.Identifier.Timestamp + 10
	var cases []Case
	for name, list := range lists {
		tx := types.NewTx(&types.DynamicFeeTx{AccessList: types.AccessList{
			{Address: params.InteropCrossL2InboxAddress, StorageKeys: list},
		}})
		tx.SetTime(time.Unix(int64(now), 0))
		cases = append(cases, Case{
			Method: "op-geth, transaction pool",
			Name:   name,
			Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
				chain := uint256.Int(executing)
				return txpool.NewInteropFilter(&pool{endpoint: e, now: now}, chain).FilterTx(ctx, tx), nil
			},
		})
	}
	return cases
}

// pool is what the filter needs of a node.
type pool struct {
	endpoint *Endpoint
	now      uint64
}

func (p *pool) CurrentInteropBlockTime() (uint64, error) { return p.now, nil }

func (p *pool) TxToInteropAccessList(tx *types.Transaction) []common.Hash {
	return interoptypes.TxToInteropAccessList(tx)
}

func (p *pool) CheckAccessList(ctx context.Context, entries []common.Hash, level interoptypes.SafetyLevel, executed interoptypes.ExecutingDescriptor) error {
	return p.endpoint.Pool.CheckAccessList(ctx, entries, level, executed)
}
