package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/ethereum-optimism/optimism/op-node/rollup"
	"github.com/ethereum-optimism/optimism/op-service/eth"
	stack "github.com/ethereum-optimism/optimism/op-supervisor/supervisor/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// The longest line of a recording (docs/recording-format.md).
const maxLine = 64 << 20

// Recording is what the cases are made of: the blocks of a recorded cluster and the logs in them.
type Recording struct {
	Name          string
	DependencySet json.RawMessage
	L1            []eth.BlockRef
	L1Orphans     []eth.BlockRef
	Chains        []*Chain
	// The newest time at which all chains have a cross-safe block.
	SafeTime uint64
	// The newest L1 block up to which all chains are derived.
	SafeL1 uint64
}

// Chain is one L2 chain, its blocks by number.
type Chain struct {
	ID      eth.ChainID
	Rollup  *rollup.Config
	Blocks  []Block
	Orphans []Block
	Links   []stack.DerivedIDPair
}

// Block is an L2 block with its logs.
type Block struct {
	eth.BlockRef
	Chain eth.ChainID
	Logs  []*types.Log
}

// Message is a log as others refer to it.
func (b Block) Message(log *types.Log) stack.Message {
	return stack.Message{
		Identifier: stack.Identifier{
			Origin:      log.Address,
			BlockNumber: b.Number,
			LogIndex:    uint32(log.Index),
			Timestamp:   b.Time,
			ChainID:     b.Chain,
		},
		PayloadHash: crypto.Keccak256Hash(stack.LogToMessagePayload(log)),
	}
}

// Executed is the messages that the block executes, in order.
func (b Block) Executed() []stack.Message {
	var out []stack.Message
	for _, log := range b.Logs {
		if len(log.Topics) == 0 || log.Topics[0] != stack.ExecutingMessageEventTopic {
			continue
		}
		var message stack.Message
		if err := message.DecodeEvent(log.Topics, log.Data); err == nil {
			out = append(out, message)
		}
	}
	return out
}

type firstLine struct {
	Name          string          `json:"name"`
	DependencySet json.RawMessage `json:"dependencySet"`
	Chains        []struct {
		ChainID eth.ChainID    `json:"chainId"`
		Rollup  *rollup.Config `json:"rollup"`
	} `json:"chains"`
}

type line struct {
	Type      string                `json:"type"`
	Chain     eth.ChainID           `json:"chain"`
	Block     json.RawMessage       `json:"block"`
	Canonical bool                  `json:"canonical"`
	Source    eth.BlockID           `json:"source"`
	Derived   eth.BlockID           `json:"derived"`
	Heads     map[eth.ChainID]heads `json:"chains"`
}

type heads struct {
	LocalSafe stack.DerivedIDPair `json:"localSafe"`
	CrossSafe stack.DerivedIDPair `json:"crossSafe"`
}

// ReadRecording reads a recording with the stack's own types.
func ReadRecording(path string) (*Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s is not gzip'd: %w", path, err)
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, maxLine)
	recording, err := readLines(lines)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return recording, nil
}

func readLines(lines *bufio.Scanner) (*Recording, error) {
	var first firstLine
	if err := readLine(lines, &first); err != nil {
		return nil, err
	}
	out := &Recording{Name: first.Name, DependencySet: first.DependencySet}
	chains := make(map[eth.ChainID]*Chain)
	for _, chain := range first.Chains {
		chains[chain.ChainID] = &Chain{ID: chain.ChainID, Rollup: chain.Rollup}
		out.Chains = append(out.Chains, chains[chain.ChainID])
	}
	slices.SortFunc(out.Chains, func(a, b *Chain) int { return a.ID.Cmp(b.ID) })
	for {
		var next line
		if err := readLine(lines, &next); err != nil {
			return nil, err
		}
		switch next.Type {
		case "l1":
			if err := out.addL1(next); err != nil {
				return nil, err
			}
		case "l2":
			if err := chains[next.Chain].addBlock(next, lines); err != nil {
				return nil, err
			}
		case "link":
			chain := chains[next.Chain]
			chain.Links = append(chain.Links, stack.DerivedIDPair{Source: next.Source, Derived: next.Derived})
		case "heads":
			return out, out.addHeads(next)
		}
	}
}

// addHeads also puts the blocks of each chain in order: replacements are recorded when they are made.
func (r *Recording) addHeads(next line) error {
	r.SafeTime, r.SafeL1 = math.MaxUint64, math.MaxUint64
	for _, chain := range r.Chains {
		slices.SortFunc(chain.Blocks, func(a, b Block) int { return cmp.Compare(a.Number, b.Number) })
		head := next.Heads[chain.ID]
		safe := slices.IndexFunc(chain.Blocks, func(b Block) bool { return b.ID() == head.CrossSafe.Derived })
		if safe == -1 {
			return fmt.Errorf("the cross-safe head %s of %s is not recorded", head.CrossSafe.Derived, chain.ID)
		}
		r.SafeTime = min(r.SafeTime, chain.Blocks[safe].Time)
		r.SafeL1 = min(r.SafeL1, head.LocalSafe.Source.Number)
	}
	slices.SortFunc(r.L1, func(a, b eth.BlockRef) int { return cmp.Compare(a.Number, b.Number) })
	return nil
}

func (r *Recording) addL1(next line) error {
	var ref eth.BlockRef
	if err := json.Unmarshal(next.Block, &ref); err != nil {
		return err
	}
	if next.Canonical {
		r.L1 = append(r.L1, ref)
	} else {
		r.L1Orphans = append(r.L1Orphans, ref)
	}
	return nil
}

// addBlock also reads the line after it, which is the block's receipts.
func (c *Chain) addBlock(next line, lines *bufio.Scanner) error {
	block := Block{Chain: c.ID}
	if err := json.Unmarshal(next.Block, &block.BlockRef); err != nil {
		return err
	}
	var receipts []struct {
		Logs []*logEntry `json:"logs"`
	}
	if err := readLine(lines, &receipts); err != nil {
		return err
	}
	for _, receipt := range receipts {
		for _, log := range receipt.Logs {
			block.Logs = append(block.Logs, &types.Log{Address: log.Address, Topics: log.Topics, Data: log.Data, Index: uint(len(block.Logs))})
		}
	}
	if next.Canonical {
		c.Blocks = append(c.Blocks, block)
	} else {
		c.Orphans = append(c.Orphans, block)
	}
	return nil
}

// logEntry is what makes a log a message; the recorded ones have members that differ from client to client.
type logEntry struct {
	Address common.Address `json:"address"`
	Topics  []common.Hash  `json:"topics"`
	Data    hexutil.Bytes  `json:"data"`
}

func readLine(lines *bufio.Scanner, into any) error {
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF
	}
	return json.Unmarshal(lines.Bytes(), into)
}
