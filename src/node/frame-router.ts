import type { CallTable } from './call-table.js'
import { NodeFloodError, NodeProtocolError } from './errors.js'
import type { NodeConnection, NodeConnectionModules } from './node-connection.js'
import { type NodeFrame, parseFrame, readFrame } from './read-frame.js'
import type { UnaskedAllowance } from './unasked-allowance.js'

export interface FrameRouterModules
	extends Pick<NodeConnectionModules, 'onNotification' | 'onProtocolError'>,
		Pick<NodeConnection, 'drop'> {
	readonly calls: CallTable
	readonly allowance: UnaskedAllowance
}

/** Brings each frame of a connection to whom it is for. */
export class FrameRouter {
	constructor(
		private readonly options: { readonly url: string },
		private readonly modules: FrameRouterModules,
	) {}

	/** Takes a whole text frame, or the body of an HTTP answer. */
	take(data: Buffer): void {
		const { calls } = this.modules
		let frame = readFrame(data)
		if (frame.kind === 'unparsed-result' && calls.formOf(frame.id) === 'result') {
			const { id } = frame
			frame = parseFrame(data)
			const isAnswer = (frame.kind === 'result' || frame.kind === 'error') && frame.id === id
			if (!isAnswer && frame.kind !== 'malformed') {
				frame = { kind: 'malformed', detail: 'an answer with two ids', id }
			}
		}
		this.#route(frame, data)
	}

	/** A frame that cannot be understood: nothing behind it can be trusted to be in step. */
	broken(detail: string, id?: number): void {
		const error = new NodeProtocolError(this.options.url, detail)
		if (id !== undefined) this.modules.calls.fail(id, error)
		this.#dropped(error)
	}

	/** The node sends more than it has to say. */
	flooded(detail: string): void {
		this.#dropped(new NodeFloodError(this.options.url, detail))
	}

	/** Counts something that nobody asked for. @returns false if that was too much, and cost the connection */
	countUnasked(): boolean {
		const { allowance } = this.modules
		if (allowance.take()) return true
		this.flooded(allowance.described)
		return false
	}

	#dropped(error: NodeProtocolError): void {
		this.modules.onProtocolError(error)
		this.modules.drop(error)
	}

	#route(frame: NodeFrame, data: Buffer): void {
		const { calls } = this.modules
		switch (frame.kind) {
			case 'unparsed-result':
				if (!calls.settleFrame(frame.id, data)) this.#unknownId(frame.id)
				return
			case 'result':
			case 'error':
				if (!calls.settle(frame, data)) this.#unknownId(frame.id)
				return
			case 'batch': {
				const unknown = calls.settleBatch(frame.answers, data)
				if (unknown === undefined) this.broken('a batch of answers without a batch of calls')
				else if (unknown > 0) this.#unknownId('in a batch')
				return
			}
			case 'notification':
				if (this.countUnasked()) this.modules.onNotification(frame.method, frame.params)
				return
			case 'malformed':
				this.broken(frame.detail, frame.id)
		}
	}

	#unknownId(id: unknown): void {
		const shown = typeof id === 'number' || id === null ? String(id) : `a ${typeof id}`
		this.modules.onProtocolError(new NodeProtocolError(this.options.url, `an answer to no call, id ${shown}`))
		this.countUnasked()
	}
}
