/** A command that is planned but not there yet. */
export class NotBuiltError extends Error {
	constructor(readonly command: string) {
		super(`vigil ${command} is not built yet`)
		this.name = 'NotBuiltError'
	}
}
