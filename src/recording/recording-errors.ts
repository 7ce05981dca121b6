/** Base of everything that can be wrong with a recording. */
export abstract class RecordingError extends Error {
	constructor(message: string, options?: ErrorOptions) {
		super(message, options)
		this.name = new.target.name
	}
}

/** A line of a recording is not what docs/recording-format.md says. */
export class MalformedRecordingError extends RecordingError {
	constructor(
		readonly file: string,
		/** Counted from 1. */
		readonly line: number,
		readonly field: string,
		readonly detail: string,
		options?: ErrorOptions,
	) {
		super(`${file}, line ${line}, ${field}: ${detail}`, options)
	}
}

/** The file ends before its last line, or its compressed data is cut or damaged. */
export class TruncatedRecordingError extends RecordingError {
	constructor(
		readonly file: string,
		/** The line that is missing or cut. */
		readonly line: number,
		readonly field: string,
		options?: ErrorOptions,
	) {
		super(`${file}, line ${line}, ${field}: the file is cut off or damaged here; copy it again`, options)
	}
}

/** The recording was written by a newer program. */
export class NewerRecordingError extends RecordingError {
	constructor(
		readonly file: string,
		readonly version: number,
		readonly supported: number,
	) {
		super(
			`${file}, line 1, version: the recording has version ${version}, this program reads up to ${supported}; use a newer one`,
		)
	}
}

/** A folder of raw traffic lacks something or contradicts itself. */
export class ImportError extends RecordingError {
	constructor(
		readonly file: string,
		readonly field: string,
		readonly detail: string,
		options?: ErrorOptions,
	) {
		super(`${file}, ${field}: ${detail}`, options)
	}
}
