/** A configuration file that cannot be used. The message names the file, and the field where there is one. */
export class ConfigFileError extends Error {
	constructor(
		readonly file: string,
		/** Such as `901.genesis.l1.hash`; empty if the whole file is meant. */
		readonly field: string,
		readonly problem: string,
		options?: ErrorOptions,
	) {
		super(field === '' ? `${file}: ${problem}` : `${file}: ${field}: ${problem}`, options)
		this.name = 'ConfigFileError'
	}
}
