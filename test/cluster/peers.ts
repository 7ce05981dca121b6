import { fileURLToPath } from 'node:url'
import { buildPrograms, type GoModule } from './go-programs.js'

const OPTIMISM = 'github.com/ethereum-optimism/optimism'

export type Peer = 'op-node' | 'op-geth' | 'op-batcher' | 'op-supervisor'

/** The path of each program. */
export type Peers = Readonly<Record<Peer, string>>

/** The first build of op-node compiles most of what the others need. */
const MODULE: GoModule<Peer> = {
	name: 'the peers',
	directory: fileURLToPath(new URL('../../../test/cluster/peers/', import.meta.url)),
	sources: ['op-node/main.go'],
	packages: {
		'op-node': './op-node',
		'op-geth': 'github.com/ethereum/go-ethereum/cmd/geth',
		'op-batcher': `${OPTIMISM}/op-batcher/cmd`,
		'op-supervisor': `${OPTIMISM}/op-supervisor/cmd`,
	},
}

/**
 * Builds the peers from the Go module in `peers/`, or takes those of an earlier run with the same sources.
 * @param say is told what takes time
 * @param signal ends a build
 * @throws GoMissingError, GoBuildError, or the signal's reason
 */
export function buildPeers(say: (line: string) => void, signal: AbortSignal): Promise<Peers> {
	return buildPrograms(MODULE, say, signal)
}
