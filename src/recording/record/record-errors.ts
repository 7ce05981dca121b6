import { RecordingError } from '../recording-errors.js'

const GO_ON = 'run the same command again to go on where it stopped'

/** An endpoint refuses what a recording needs, and asking again will not help. */
export class RpcRefusedError extends RecordingError {
	constructor(
		readonly endpoint: string,
		readonly method: string,
		readonly reason: string,
	) {
		super(
			`${endpoint} refuses ${method}: ${reason}; use an endpoint that serves eth_getBlockByNumber and eth_getBlockReceipts of these blocks`,
		)
	}
}

/** An endpoint has given no good answer for so long that it is given up. */
export class RpcUnavailableError extends RecordingError {
	constructor(
		readonly endpoint: string,
		readonly method: string,
		readonly reason: string,
		readonly seconds: number,
	) {
		super(`${endpoint} has not answered ${method} for ${seconds} s: ${reason}; ${GO_ON}`)
	}
}

/** An endpoint answered with something that cannot be what was asked for. */
export class RpcAnswerError extends RecordingError {
	constructor(
		readonly endpoint: string,
		readonly what: string,
		readonly detail: string,
		options?: ErrorOptions,
	) {
		super(`${endpoint} gave a bad answer for ${what}: ${detail}; try another endpoint`, options)
	}
}

/** A block of the asked span is not there. */
export class BlockNotThereError extends RecordingError {
	constructor(
		readonly endpoint: string,
		readonly number: number,
	) {
		super(
			`${endpoint} has no block ${number}: ask for blocks that the chain has reached and the endpoint keeps; ${GO_ON}`,
		)
	}
}

/** The span cannot be recorded. */
export class RecordSpanError extends RecordingError {}

/** The chains change faster than they are recorded, or the endpoints disagree about them. */
export class ChainUnsettledError extends RecordingError {
	constructor(readonly detail: string) {
		super(`${detail}; record older blocks, or ${GO_ON}`)
	}
}

/** What an earlier run left belongs to another recording, or is damaged. */
export class PartialRecordingError extends RecordingError {
	constructor(
		readonly file: string,
		readonly detail: string,
	) {
		super(`${file}: ${detail}; remove it to start anew, or choose another output file`)
	}
}

/** A recording of this name is there already. */
export class OutputExistsError extends RecordingError {
	constructor(readonly file: string) {
		super(`${file} exists; remove it, or choose another output file`)
	}
}

/** The user stopped the recording. */
export class RecordStoppedError extends RecordingError {
	constructor() {
		super(`stopped; ${GO_ON}`)
	}
}
