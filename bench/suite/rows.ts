import { API_ROW } from './api-row.js'
import { CATCH_UP_ROWS } from './catch-up-rows.js'
import { CLUSTER_CALL_ROW } from './cluster-call-row.js'
import { GATEWAY_ROW, GATEWAY_UPSTREAM_ROW } from './gateway-rows.js'
import { L1_ROW } from './l1-row.js'
import { LIVE_ROW } from './live-row.js'
import { OVERLOAD_ROW } from './overload-row.js'
import { RECORDED_ROW } from './recorded-row.js'
import type { Row } from './row.js'
import { STORE_ROW } from './store-row.js'
import { TIP_ROWS } from './tip-rows.js'

/** All that the suite measures, in the order in which it does. */
export const ROWS: readonly Row[] = [
	...CATCH_UP_ROWS,
	RECORDED_ROW,
	STORE_ROW,
	L1_ROW,
	...TIP_ROWS,
	LIVE_ROW,
	OVERLOAD_ROW,
	API_ROW,
	GATEWAY_ROW,
	GATEWAY_UPSTREAM_ROW,
	CLUSTER_CALL_ROW,
]

/** There is no row of that name. */
export class UnknownRowError extends Error {
	override readonly name = 'UnknownRowError'
	constructor(readonly row: string) {
		super(`there is no row "${row}"; name some of ${ROWS.map(({ name }) => name).join(', ')}`)
	}
}

/** The rows with these names, in the order of the suite; all without names. @throws UnknownRowError */
export function rowsNamed(names: readonly string[] | undefined): readonly Row[] {
	if (names === undefined) return ROWS
	for (const name of names) {
		if (!ROWS.some((row) => row.name === name)) throw new UnknownRowError(name)
	}
	return ROWS.filter(({ name }) => names.includes(name))
}
