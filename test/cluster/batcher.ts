import { freePorts } from './free-ports.js'
import type { L2Node, NodeModules } from './l2-node.js'
import { BATCHERS } from './settings.js'

/** Starts the op-batcher of a chain, which posts the blocks of `node` as calldata. */
export async function startBatcher({ processes, peers, l1Url }: NodeModules, node: L2Node): Promise<void> {
	const [port = 0] = await freePorts(1)
	await processes.start(`${node.name}-batcher`, peers['op-batcher'], [
		...[`--l1-eth-rpc=${l1Url}`, `--l2-eth-rpc=${node.engineUrl}`, `--rollup-rpc=${node.rollupUrl}`],
		...[`--private-key=${BATCHERS[node.chainId].privateKey}`, '--data-availability-type=calldata'],
		...['--max-channel-duration=2', '--sub-safety-margin=4', '--poll-interval=500ms', '--batch-type=1'],
		...['--max-pending-tx=1', '--num-confirmations=1', '--check-recent-txs-depth=5'],
		...['--txmgr.receipt-query-interval=500ms', '--resubmission-timeout=10s'],
		...['--throttle.unsafe-da-bytes-lower-threshold=0', '--log.color=false'],
		...['--rpc.addr=127.0.0.1', `--rpc.port=${port}`],
	])
}
