package main

import (
	"context"
	"fmt"

	"github.com/ethereum-optimism/optimism/op-service/eth"
	stack "github.com/ethereum-optimism/optimism/op-supervisor/supervisor/types"
	"github.com/ethereum/go-ethereum/common"
)

var levels = []stack.SafetyLevel{
	stack.LocalUnsafe, stack.CrossUnsafe, stack.LocalSafe, stack.CrossSafe, stack.Finalized,
}

// The expiry of messages where nothing overrides it.
const week = 7 * 24 * 3600

// accessCases check access lists made with the stack's own types: those of all recorded executing messages, one for
// the last log of each block, and many that must be refused.
func accessCases(recording *Recording) []Case {
	var cases []Case
	for _, chain := range recording.Chains {
		for _, block := range append(append([]Block{}, chain.Blocks...), chain.Orphans...) {
			cases = append(cases, blockCases(block)...)
		}
	}
	if message, other, ok := sample(recording); ok {
		cases = append(cases, refusedCases(message, other)...)
		cases = append(cases, timeCases(message, other)...)
		cases = append(cases, malformedLists(message, other)...)
	}
	return cases
}

func blockCases(block Block) []Case {
	var cases []Case
	if executed := block.Executed(); len(executed) > 0 {
		list := encode(executed...)
		for _, level := range levels {
			cases = append(cases, access(fmt.Sprintf("executed in %s of %s, %s", block.ID(), block.Chain, level), list, level, at(block)))
		}
	}
	if len(block.Logs) > 0 {
		log := block.Logs[len(block.Logs)-1]
		list := encode(block.Message(log))
		for _, level := range levels {
			cases = append(cases, access(fmt.Sprintf("log %d of %s of %s, %s", log.Index, block.ID(), block.Chain, level), list, level, at(block)))
		}
	}
	return cases
}

// sample is a message of the first chain that is old enough to be final, and the chain that may execute it.
func sample(recording *Recording) (stack.Message, eth.ChainID, bool) {
	other := recording.Chains[len(recording.Chains)-1].ID
	for _, block := range recording.Chains[0].Blocks {
		if block.Number > 20 && len(block.Logs) > 1 {
			return block.Message(block.Logs[1]), other, true
		}
	}
	return stack.Message{}, other, false
}

// refusedCases change one thing each about a valid message.
func refusedCases(valid stack.Message, executing eth.ChainID) []Case {
	then := stack.ExecutingDescriptor{ChainID: executing, Timestamp: valid.Identifier.Timestamp + 10}
	changed := map[string]func(*stack.Message){
		"another payload":            func(m *stack.Message) { m.PayloadHash[0] ^= 1 },
		"another origin":             func(m *stack.Message) { m.Identifier.Origin[0] ^= 1 },
		"another log index":          func(m *stack.Message) { m.Identifier.LogIndex = 5000 },
		"the largest log index":      func(m *stack.Message) { m.Identifier.LogIndex = ^uint32(0) },
		"the time one later":         func(m *stack.Message) { m.Identifier.Timestamp++ },
		"the time one earlier":       func(m *stack.Message) { m.Identifier.Timestamp-- },
		"the block before":           func(m *stack.Message) { m.Identifier.BlockNumber-- },
		"the block after":            func(m *stack.Message) { m.Identifier.BlockNumber++ },
		"block 0":                    func(m *stack.Message) { m.Identifier.BlockNumber = 0 },
		"a block of the future":      func(m *stack.Message) { m.Identifier.BlockNumber += 100_000 },
		"the largest block":          func(m *stack.Message) { m.Identifier.BlockNumber = ^uint64(0) },
		"an unknown chain":           func(m *stack.Message) { m.Identifier.ChainID = unknownChain },
		"a chain ID above 64 bits":   func(m *stack.Message) { m.Identifier.ChainID = eth.ChainIDFromBytes32([32]byte{1}) },
		"its other chain":            func(m *stack.Message) { m.Identifier.ChainID = executing },
		"a block and time of future": func(m *stack.Message) { m.Identifier.BlockNumber += 500; m.Identifier.Timestamp += 1000 },
	}
	var cases []Case
	for name, change := range changed {
		message := valid
		change(&message)
		cases = append(cases, access(name, encode(message), stack.LocalUnsafe, then))
		cases = append(cases, access("valid, then "+name, encode(valid, message), stack.LocalUnsafe, then))
	}
	for _, level := range levels {
		cases = append(cases, access("valid, "+level.String(), encode(valid), level, then))
		cases = append(cases, access("no entry, "+level.String(), []common.Hash{}, level, then))
	}
	return append(cases,
		access("level invalid", encode(valid), stack.Invalid, then),
		access("level foo", encode(valid), "foo", then),
		access("level empty", encode(valid), "", then),
		access("no entry, level foo", nil, "foo", then),
		access("null list", nil, stack.CrossUnsafe, then),
	)
}

// timeCases execute a message at many times, with and without a timeout.
func timeCases(message stack.Message, executing eth.ChainID) []Case {
	sent := message.Identifier.Timestamp
	list := encode(message)
	var cases []Case
	for name, executed := range map[string]stack.ExecutingDescriptor{
		"at its time":               {ChainID: executing, Timestamp: sent},
		"before its time":           {ChainID: executing, Timestamp: sent - 1},
		"at time 0":                 {ChainID: executing},
		"at its expiry":             {ChainID: executing, Timestamp: sent + week},
		"after its expiry":          {ChainID: executing, Timestamp: sent + week + 1},
		"at the last time":          {ChainID: executing, Timestamp: ^uint64(0)},
		"timeout to its expiry":     {ChainID: executing, Timestamp: sent + 10, Timeout: week - 10},
		"timeout beyond its expiry": {ChainID: executing, Timestamp: sent + 10, Timeout: week - 9},
		"timeout that overflows":    {ChainID: executing, Timestamp: sent + 10, Timeout: ^uint64(0)},
		"timeout of op-geth":        {ChainID: executing, Timestamp: sent + 10, Timeout: 86_400},
		"on its own chain":          {ChainID: message.Identifier.ChainID, Timestamp: sent + 10},
		"on no chain":               {Timestamp: sent + 10},
		"on an unknown chain":       {ChainID: unknownChain, Timestamp: sent + 10},
		"nothing said":              {},
	} {
		cases = append(cases, access("executed "+name, list, stack.LocalUnsafe, executed))
	}
	return cases
}

// malformedLists break the encoding.
func malformedLists(message stack.Message, executing eth.ChainID) []Case {
	executed := stack.ExecutingDescriptor{ChainID: executing, Timestamp: message.Identifier.Timestamp + 10}
	list := encode(message)
	lookup, checksum := list[0], list[1]
	extension := common.Hash{0: stack.PrefixChainIDExtension}
	withByte := func(hash common.Hash, index int, value byte) common.Hash {
		hash[index] = value
		return hash
	}
	var cases []Case
	for name, entries := range map[string][]common.Hash{
		"lookup only":                {lookup},
		"checksum only":              {checksum},
		"checksum first":             {checksum, lookup},
		"two lookups":                {lookup, lookup, checksum},
		"two checksums":              {lookup, checksum, checksum},
		"entry type 0":               {withByte(lookup, 0, 0), checksum},
		"entry type 4":               {withByte(lookup, 0, 4), checksum},
		"entry type 4 at the end":    {lookup, withByte(checksum, 0, 4)},
		"padding in the lookup":      {withByte(lookup, 3, 1), checksum},
		"extension first":            {extension, lookup, checksum},
		"extension of zeros":         {lookup, extension, checksum},
		"padding in the extension":   {lookup, withByte(extension, 7, 1), checksum},
		"extension without checksum": {lookup, extension},
		"two extensions":             {lookup, extension, extension, checksum},
		"valid, then lookup only":    {lookup, checksum, lookup},
	} {
		cases = append(cases, access(name, entries, stack.LocalUnsafe, executed))
	}
	return cases
}

func encode(messages ...stack.Message) []common.Hash {
	accesses := make([]stack.Access, 0, len(messages))
	for _, message := range messages {
		accesses = append(accesses, message.Access())
	}
	return stack.EncodeAccessList(accesses)
}

func at(block Block) stack.ExecutingDescriptor {
	return stack.ExecutingDescriptor{ChainID: block.Chain, Timestamp: block.Time}
}

func access(name string, entries []common.Hash, level stack.SafetyLevel, executed stack.ExecutingDescriptor) Case {
	return Case{
		Method: "supervisor_checkAccessList",
		Name:   name,
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			return nil, e.Supervisor.CheckAccessList(ctx, entries, level, executed)
		},
	}
}
