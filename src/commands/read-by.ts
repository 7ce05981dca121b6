import { InvalidArgumentError } from 'commander'
import { type OptionKind, OptionValueError } from '../config/option-kinds.js'

/** A kind of the settings table as commander's reader of one flag. */
export function readBy<T>(kind: OptionKind<T>): (text: string) => T {
	return (text) => {
		try {
			return kind.parse(text)
		} catch (error) {
			throw error instanceof OptionValueError ? new InvalidArgumentError(error.message) : error
		}
	}
}
