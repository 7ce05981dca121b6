import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BlockId } from '../../src/protocol/block.js'
import { BATCHERS, BLOCK_TIME, CHAIN_IDS, L1_CHAIN_ID, type TestChainId } from './settings.js'

const DATA = fileURLToPath(new URL('../../../test/cluster/data/', import.meta.url))

/** The files that peers and supervisors are started with. */
export class ClusterFiles {
	readonly #directory: string
	readonly engineJwt: string
	readonly interopJwt: string
	readonly dependencySet: string
	readonly l1ChainConfig = join(DATA, 'l1-chain-config.json')

	constructor(directory: string) {
		this.#directory = directory
		mkdirSync(join(directory, 'rollups'), { recursive: true })
		this.engineJwt = this.#write('jwt-engine.txt', randomBytes(32).toString('hex'))
		this.interopJwt = this.#write('jwt-interop.txt', randomBytes(32).toString('hex'))
		const dependencies = Object.fromEntries(CHAIN_IDS.map((chainId) => [chainId, {}]))
		this.dependencySet = this.#write('dependency-set.json', JSON.stringify({ dependencies }))
	}

	get rollupsPattern(): string {
		return join(this.#directory, 'rollups/*.json')
	}

	/** The recorded genesis, for this chain and time. Interop is active from it on. */
	writeGenesis(chainId: TestChainId, timestamp: number): string {
		const genesis = JSON.parse(readFileSync(join(DATA, 'genesis-901.json'), 'utf8')) as {
			config: Record<string, unknown>
		}
		const config = { ...genesis.config, chainId, interopTime: timestamp }
		const content = { ...genesis, config, timestamp: `0x${timestamp.toString(16)}` }
		return this.#write(`genesis-${chainId}.json`, JSON.stringify(content))
	}

	/** The L1 contracts that it names are made up: there are no deposits and no changes of configuration. */
	writeRollup(chainId: TestChainId, genesis: { l1: BlockId; l2: BlockId; timestamp: number }): string {
		const zero = `0x${'0'.repeat(64)}`
		const rollup = {
			genesis: {
				l1: genesis.l1,
				l2: genesis.l2,
				l2_time: genesis.timestamp,
				system_config: {
					batcherAddr: BATCHERS[chainId].address,
					overhead: zero,
					scalar: `0x01${'0'.repeat(61)}1`,
					gasLimit: 30_000_000,
					eip1559Params: '0x0000000000000000',
					operatorFeeParams: zero,
					minBaseFee: 0,
					daFootprintGasScalar: 0,
				},
			},
			block_time: BLOCK_TIME,
			max_sequencer_drift: 600,
			seq_window_size: 3600,
			channel_timeout: 300,
			l1_chain_id: L1_CHAIN_ID,
			l2_chain_id: chainId,
			...Object.fromEntries(FORKS.map((fork) => [`${fork}_time`, 0])),
			batch_inbox_address: `0xff${String(chainId).padStart(38, '0')}`,
			deposit_contract_address: `0xde${String(chainId).padStart(38, '0')}`,
			l1_system_config_address: `0x5c${String(chainId).padStart(38, '0')}`,
			chain_op_config: {
				eip1559Elasticity: 6,
				eip1559Denominator: 50,
				eip1559DenominatorCanyon: 250,
			},
		}
		return this.#write(`rollups/rollup-${chainId}.json`, JSON.stringify(rollup))
	}

	#write(name: string, content: string): string {
		const path = join(this.#directory, name)
		writeFileSync(path, content)
		return path
	}
}

const FORKS = [
	'regolith',
	'canyon',
	'delta',
	'ecotone',
	'fjord',
	'granite',
	'holocene',
	'isthmus',
	'interop',
] as const
