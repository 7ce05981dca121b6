/** A frame that no node may send. The codes are those of `ws`. */
export class FrameError extends Error {
	override readonly name = 'FrameError'
	constructor(
		message: string,
		readonly code: `WS_ERR_${string}`,
		/** To close the connection with (RFC 6455, section 7.4.1). */
		readonly closeCode: number,
	) {
		super(message)
	}
}
