import type { ChainId } from '../src/protocol/chain-id.js'
import type { ReplayCall } from '../src/recording/replay/node-service.js'
import type { NewestNotes, NodeNews, Note, NoteKind } from './fake-cluster-messages.js'

/** Calls that are noted, and where the number of their block stands. */
const CALLS: Readonly<Record<string, NoteKind>> = {
	interop_updateCrossUnsafe: 'crossUnsafe',
	interop_updateCrossSafe: 'crossSafe',
	interop_provideL1: 'provideL1',
}

/** An event of a node as JSON, as far as it is noted. */
interface NodeEvent {
	readonly unsafeBlock?: { readonly number: number }
	readonly derivationUpdate?: { readonly derived: { readonly number: number } }
	readonly exhaustL1?: { readonly source: { readonly number: number } }
}

/** Notes what fake nodes say and are told, with the time. */
export class NodeNotes {
	readonly #all: boolean
	readonly #notes: Note[] = []
	readonly #newest = new Map<ChainId, { [K in NoteKind]?: number }>()
	#firstEventNs: bigint | undefined

	/** @param options.all note everything, not the announcements of blocks alone: derivation says much in a bulk sync */
	constructor(options: { readonly all: boolean }) {
		this.#all = options.all
	}

	get news(): NodeNews {
		return { firstEventNs: this.#firstEventNs, notes: this.#notes }
	}

	get newest(): NewestNotes {
		return this.#newest
	}

	event(chainId: ChainId, json: string): void {
		const ns = process.hrtime.bigint()
		this.#firstEventNs ??= ns
		if (!this.#all && !json.startsWith('{"unsafeBlock"')) return
		const { unsafeBlock, derivationUpdate, exhaustL1 } = JSON.parse(json) as NodeEvent
		if (unsafeBlock !== undefined)
			this.#note({ kind: 'unsafeBlock', chainId, number: unsafeBlock.number, ns })
		if (derivationUpdate !== undefined)
			this.#note({ kind: 'derived', chainId, number: derivationUpdate.derived.number, ns })
		if (exhaustL1 !== undefined)
			this.#note({ kind: 'exhaustL1', chainId, number: exhaustL1.source.number, ns })
	}

	call({ chainId, method, params }: ReplayCall): void {
		const kind = CALLS[method]
		if (!this.#all || kind === undefined) return
		const ns = process.hrtime.bigint()
		const [block] = params as readonly { readonly number: number }[]
		if (block !== undefined) this.#note({ kind, chainId: chainId as ChainId, number: block.number, ns })
	}

	#note(note: Note): void {
		this.#notes.push(note)
		const { kind, chainId, number } = note
		let newest = this.#newest.get(chainId)
		if (newest === undefined) {
			newest = {}
			this.#newest.set(chainId, newest)
		}
		newest[kind] = Math.max(newest[kind] ?? 0, number)
	}
}
