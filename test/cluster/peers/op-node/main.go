// Command op-node is op-node with managed mode turned on, which the stock command never does:
// its interop flags are read, but nothing sets SupervisorEnabled.
package main

import (
	"context"
	"fmt"
	"os"

	opnode "github.com/ethereum-optimism/optimism/op-node"
	"github.com/ethereum-optimism/optimism/op-node/flags"
	"github.com/ethereum-optimism/optimism/op-node/metrics"
	"github.com/ethereum-optimism/optimism/op-node/node"
	"github.com/ethereum-optimism/optimism/op-service/cliapp"
	"github.com/ethereum-optimism/optimism/op-service/ctxinterrupt"
	oplog "github.com/ethereum-optimism/optimism/op-service/log"
	"github.com/urfave/cli/v2"
)

func start(c *cli.Context, stop context.CancelCauseFunc) (cliapp.Lifecycle, error) {
	logger := oplog.NewLogger(oplog.AppOut(c), oplog.ReadCLIConfig(c))
	config, err := opnode.NewConfig(c, logger)
	if err != nil {
		return nil, fmt.Errorf("op-node cannot be configured: %w", err)
	}
	config.SupervisorEnabled = true
	config.Cancel = stop
	return node.New(c.Context, config, logger, "managed", metrics.NewMetrics("", nil), nil)
}

func main() {
	app := &cli.App{
		Name:   "op-node",
		Usage:  "op-node in managed mode",
		Flags:  cliapp.ProtectFlags(flags.Flags),
		Action: cliapp.LifecycleCmd(start),
	}
	if err := app.RunContext(ctxinterrupt.WithSignalWaiterMain(context.Background()), os.Args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
