package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum-optimism/optimism/op-challenger/game/fault/trace/super"
	challenger "github.com/ethereum-optimism/optimism/op-challenger/game/fault/types"
	"github.com/ethereum-optimism/optimism/op-node/rollup"
	"github.com/ethereum-optimism/optimism/op-proposer/proposer/source"
	"github.com/ethereum-optimism/optimism/op-service/eth"
	"github.com/ethereum/go-ethereum/log"
)

// The depth of the games of which claims are asked for; any that has room for the recording.
const gameDepth = challenger.Depth(30)

// Steps within a second: its super root, a block of each chain, and what comes after the last chain.
var steps = []uint64{0, 1, 2, 3, super.StepsPerTimestamp - 1}

// programCases have the code of op-proposer and op-challenger ask, which knows errors by what they say.
func programCases(recording *Recording) ([]Case, error) {
	configs := make([]*rollup.Config, 0, len(recording.Chains))
	for _, chain := range recording.Chains {
		configs = append(configs, chain.Rollup)
	}
	parsed, err := super.NewRollupConfigsFromParsed(configs...)
	if err != nil {
		return nil, err
	}
	cases := []Case{syncStatusOfProposer(asSupervisor), syncStatusOfProposer(asSuperNode)}
	all := times(recording)
	for i := 0; i < len(all); i += 5 {
		cases = append(cases, proposal(all[i], asSupervisor), prestate(all[i], asSupervisor))
		if all[i] >= recording.Chains[0].Blocks[0].Time {
			cases = append(cases, proposal(all[i], asSuperNode), prestate(all[i], asSuperNode))
		}
	}
	return append(cases, claims(recording, parsed)...), nil
}

// api is which of the two APIs a program takes of Vigil; op-supervisor has only the first.
type api bool

const (
	asSupervisor api = false
	asSuperNode  api = true
)

func (a api) String() string {
	if a == asSuperNode {
		return "superroot_"
	}
	return "supervisor_"
}

func quiet() log.Logger {
	return log.NewLogger(log.DiscardHandler())
}

func proposer(e *Endpoint, as api) interface {
	SyncStatus(context.Context) (source.SyncStatus, error)
	ProposalAtSequenceNum(context.Context, uint64) (source.Proposal, error)
} {
	if as == asSuperNode {
		return source.NewSuperNodeProposalSource(quiet(), e.SuperNode)
	}
	return source.NewSupervisorProposalSource(quiet(), e.Supervisor)
}

func syncStatusOfProposer(as api) Case {
	ask := func(as api) Ask {
		return func(ctx context.Context, e *Endpoint) (any, error) { return proposer(e, as).SyncStatus(ctx) }
	}
	return Case{Method: "op-proposer, sync status", Name: as.String(), Vigil: ask(as), Reference: ask(asSupervisor)}
}

func proposal(time uint64, as api) Case {
	ask := func(with api) Ask {
		return func(ctx context.Context, e *Endpoint) (any, error) {
			out, err := proposer(e, with).ProposalAtSequenceNum(ctx, time)
			if as == asSuperNode && (errors.Is(err, source.ErrNoSuperRootData) || isNotFound(err)) {
				return "nothing to propose yet", nil
			}
			if as == asSuperNode {
				// By definition another one: up to where the node is, not what the root needs.
				out.CurrentL1 = eth.BlockID{}
			}
			return out, err
		}
	}
	name := fmt.Sprintf("%s at %d", as, time)
	return Case{Method: "op-proposer, proposal", Name: name, Vigil: ask(as), Reference: ask(asSupervisor)}
}

func prestateOf(e *Endpoint, time uint64, as api) super.PreimagePrestateProvider {
	if as == asSuperNode {
		return super.NewSuperNodePrestateProvider(e.SuperNode, time)
	}
	return super.NewSuperRootPrestateProvider(e.Supervisor, time)
}

func prestate(time uint64, as api) Case {
	ask := func(as api) Ask {
		return func(ctx context.Context, e *Endpoint) (any, error) {
			return prestateOf(e, time, as).AbsolutePreState(ctx)
		}
	}
	name := fmt.Sprintf("%s at %d", as, time)
	return Case{Method: "op-challenger, prestate", Name: name, Vigil: ask(as), Reference: ask(asSupervisor)}
}

// claims are asked for at a dozen times and several steps, in games that begin at some eight L1 blocks.
func claims(recording *Recording, configs *super.RollupConfigs) []Case {
	var cases []Case
	first := recording.Chains[0].Blocks[0].Time
	for time := first + 10; time+2 < recording.SafeTime; time += max((recording.SafeTime-first)/12, 1) {
		for l1 := uint64(3); l1 < recording.SafeL1; l1 += max(recording.SafeL1/8, 1) {
			game := game{configs: configs, from: first, to: recording.SafeTime, l1Head: recording.L1[l1].ID()}
			for _, step := range steps {
				cases = append(cases, game.claim(time, step, asSupervisor), game.claim(time, step, asSuperNode))
			}
		}
	}
	return cases
}

type game struct {
	configs  *super.RollupConfigs
	from, to uint64
	l1Head   eth.BlockID
}

func (g game) claim(time, step uint64, as api) Case {
	index := new(big.Int).SetUint64((time-g.from)*super.StepsPerTimestamp + step - 1)
	position := challenger.NewPosition(gameDepth, index)
	ask := func(as api) Ask {
		return func(ctx context.Context, e *Endpoint) (any, error) {
			before := prestateOf(e, g.from, as)
			if as == asSuperNode {
				provider := super.NewSuperNodeTraceProvider(quiet(), before, e.SuperNode, g.l1Head, gameDepth, g.from, g.to)
				return provider.GetPreimageBytes(ctx, position)
			}
			provider := super.NewSupervisorSuperTraceProvider(quiet(), g.configs, before, e.Supervisor, g.l1Head, gameDepth, g.from, g.to)
			return provider.GetPreimageBytes(ctx, position)
		}
	}
	name := fmt.Sprintf("%s at %d step %d, L1 head %d", as, time, step, g.l1Head.Number)
	return Case{Method: "op-challenger, claim", Name: name, Vigil: ask(as), Reference: ask(asSupervisor)}
}
