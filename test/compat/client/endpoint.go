package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/ethereum-optimism/optimism/op-interop-mon/monitor"
	"github.com/ethereum-optimism/optimism/op-service/client"
	"github.com/ethereum-optimism/optimism/op-service/sources"
	"github.com/ethereum/go-ethereum/eth/interop"
	"github.com/ethereum/go-ethereum/log"
)

// Endpoint is a supervisor as each of the stack's programs dials it.
type Endpoint struct {
	URL        string
	RPC        client.RPC
	Supervisor *sources.SupervisorClient
	SuperNode  *sources.SuperNodeClient
	// As op-geth's transaction pool dials it.
	Pool *interop.InteropClient
	// As op-interop-mon dials it.
	Monitor *monitor.SupervisorClient
}

// Dial connects over HTTP or WebSocket, as the URL says.
func Dial(ctx context.Context, url string) (*Endpoint, error) {
	logger := log.NewLogger(log.DiscardHandler())
	rpc, err := client.NewRPC(ctx, logger, url)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	watch, err := monitor.NewSupervisorClient(url, logger)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	return &Endpoint{
		URL:        url,
		RPC:        rpc,
		Supervisor: sources.NewSupervisorClient(rpc),
		SuperNode:  sources.NewSuperNodeClient(rpc),
		Pool:       interop.NewInteropClient(url),
		Monitor:    watch,
	}, nil
}

// Close ends the connections.
func (e *Endpoint) Close() {
	e.RPC.Close()
	e.Pool.Close()
	e.Monitor.Close()
}

// Socket is the same address for a WebSocket.
func Socket(url string) string {
	return "ws" + strings.TrimPrefix(url, "http")
}
