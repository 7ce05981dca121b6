import { createLogUpdate } from 'log-update'
import type { ChainId } from '../protocol/chain-id.js'
import type { Recording } from '../recording/recording.js'
import type { Supervisor } from '../supervisor/supervisor.js'
import type { CommandIo } from './command-io.js'

interface ChainProgress {
	localUnsafe: number
	localSafe: number
	blocks: number
	logs: number
	blocksBefore: number
	logsBefore: number
}

/** A terminal is redrawn this often. */
const LIVE_INTERVAL_MS = 100
/** A file or pipe gets a line per chain this often. */
const PLAIN_INTERVAL_MS = 2_000
/** Rates are measured over this long. */
const RATE_INTERVAL_MS = 1_000

/** Shows how far each chain is: redrawn lines in a terminal, plain lines elsewhere. */
export class DemoProgress {
	readonly #chains = new Map<ChainId, ChainProgress>()
	readonly #write: (text: string) => void
	readonly #done: () => void
	readonly #timers: NodeJS.Timeout[]
	#rates = new Map<ChainId, { blocks: number; logs: number }>()
	#ended = false

	constructor(modules: { recording: Recording; supervisor: Supervisor; io: CommandIo }) {
		const { recording, supervisor, io } = modules
		for (const { chainId } of recording.chains) {
			this.#chains.set(chainId, {
				localUnsafe: 0,
				localSafe: 0,
				blocks: 0,
				logs: 0,
				blocksBefore: 0,
				logsBefore: 0,
			})
		}
		supervisor.on('sealed', (chainId, head, run) => {
			const chain = this.#chains.get(chainId)
			if (chain === undefined) return
			chain.localUnsafe = head.number
			chain.blocks += run.length
			for (const block of run) chain.logs += block.logCount
		})
		supervisor.on('localSafe', (chainId, link) => {
			const chain = this.#chains.get(chainId)
			if (chain !== undefined) chain.localSafe = link.derived.number
		})

		const isLive = 'isTTY' in io.stdout && io.stdout.isTTY === true
		const live = createLogUpdate(io.stdout, { showCursor: true })
		this.#write = isLive ? live : (text) => io.stdout.write(`${text}\n`)
		this.#done = isLive ? () => live.done() : () => {}
		this.#timers = [
			setInterval(() => this.#measure(), RATE_INTERVAL_MS),
			setInterval(() => this.#write(this.#text()), isLive ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS),
		]
	}

	/** Shows the last state and stops. */
	end(): void {
		if (this.#ended) return
		this.#ended = true
		for (const timer of this.#timers) clearInterval(timer)
		this.#write(this.#text())
		this.#done()
	}

	#measure(): void {
		for (const [chainId, chain] of this.#chains) {
			this.#rates.set(chainId, {
				blocks: chain.blocks - chain.blocksBefore,
				logs: chain.logs - chain.logsBefore,
			})
			chain.blocksBefore = chain.blocks
			chain.logsBefore = chain.logs
		}
	}

	#text(): string {
		return [...this.#chains]
			.map(([chainId, chain]) => {
				const rate = this.#rates.get(chainId) ?? { blocks: 0, logs: 0 }
				return (
					`chain ${chainId}  local-unsafe ${pad(chain.localUnsafe)}  local-safe ${pad(chain.localSafe)}  ` +
					`${pad(chain.logs)} logs  ${pad(rate.blocks)} blocks/s  ${pad(rate.logs)} logs/s`
				)
			})
			.join('\n')
	}
}

function pad(value: number): string {
	return `${value}`.padStart(6)
}
