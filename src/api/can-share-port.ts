/**
 * Whether servers of this Node can share a port (SO_REUSEPORT): Node has the switch since 22.12 and 23.1. That the
 * system has none shows when they listen.
 * @param version as in `process.versions.node`
 */
export function canSharePort(version: string): boolean {
	const [major = 0, minor = 0] = version.split('.').map(Number)
	return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)
}
