import { OPTION_ROWS } from './options.js'
import type { Environment } from './resolve-options.js'

const OWN_PREFIXES = ['VIGIL_', 'OP_SUPERVISOR_']

/**
 * Warnings for variables that look like settings and are none. They are no errors: the environment of a container is
 * also filled by others, and a deployment that worked must not stop starting because of a name.
 */
export function unknownVariables(env: Environment): string[] {
	const known = new Set(OPTION_ROWS.flatMap(([, row]) => row.env))
	return Object.entries(env)
		.filter(([name, value]) => isOurs(name) && !known.has(name) && !isServiceLink(name, value ?? ''))
		.map(([name]) => `the variable ${name} is no setting and has no effect; "vigil start --help" lists all`)
		.sort()
}

function isOurs(name: string): boolean {
	return OWN_PREFIXES.some((prefix) => name.startsWith(prefix))
}

/** What Kubernetes puts into the environment for a Service named `vigil` or `op-supervisor`, or beginning so. */
function isServiceLink(name: string, value: string): boolean {
	return (
		/_SERVICE_(HOST|PORT)(_\w+)?$/.test(name) ||
		/_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/.test(name) ||
		(name.endsWith('_PORT') && /^(tcp|udp|sctp):/.test(value))
	)
}
