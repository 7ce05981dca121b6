import { readdir } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { ConfigFileError } from './config-file-error.js'

/**
 * The paths that match a pattern of `*`, `?`, `[a-z]`, `[^a-z]` and `\` as in Go's `filepath.Glob`, in order of
 * their names. No wildcard matches a `/`. (Node 20 has no glob of its own.)
 * @throws ConfigFileError if the pattern is malformed.
 */
export async function glob(pattern: string): Promise<string[]> {
	const { root } = parse(pattern)
	let paths = [root]
	for (const segment of pattern
		.slice(root.length)
		.split('/')
		.filter((part) => part !== '')) {
		paths = (await Promise.all(paths.map((folder) => matchesIn(folder, segment)))).flat()
	}
	return paths
}

async function matchesIn(folder: string, segment: string): Promise<string[]> {
	// A plain segment is not looked up, so that a missing file is reported by its name when it is read.
	if (!/[*?[\\]/.test(segment)) return [join(folder, segment)]
	const expression = segmentExpression(segment)
	try {
		const names = await readdir(folder === '' ? '.' : folder)
		return names
			.filter((name) => expression.test(name))
			.sort()
			.map((name) => join(folder, name))
	} catch {
		// A folder that is missing or unreadable holds no match; the caller reports that nothing matched.
		return []
	}
}

function segmentExpression(segment: string): RegExp {
	const source = segment.replace(
		/\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|([\s\S])/g,
		(_all, escaped, not, set, plain) => {
			if (escaped !== undefined) return literal(escaped)
			if (set !== undefined) return `[${not}${set.replace(/[[\]]/g, '\\$&')}]`
			if (plain === '*') return '.*'
			return plain === '?' ? '.' : literal(plain)
		},
	)
	try {
		return new RegExp(`^${source}$`, 's')
	} catch (error) {
		throw new ConfigFileError(segment, '', 'is no valid file pattern', { cause: error })
	}
}

function literal(character: string): string {
	return character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
