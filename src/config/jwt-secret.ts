import { readConfigText } from './config-document.js'
import { ConfigFileError } from './config-file-error.js'

/**
 * Reads a JWT secret: 32 bytes as hex, with or without `0x`, blanks around it allowed.
 * @throws ConfigFileError naming the file, never its content.
 */
export async function readJwtSecret(file: string): Promise<Uint8Array> {
	const digits = (await readConfigText(file)).trim().replace(/^0x/, '')
	if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
		throw new ConfigFileError(file, '', 'expected a JWT secret of 32 bytes as 64 hex digits')
	}
	return Buffer.from(digits, 'hex')
}
