import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../src/package-root.js'
import { catchUp } from './catch-up.js'
import { inTurns, type Row } from './row.js'

/** A recorded cluster in the place of a generated one. */
export const RECORDED_ROW: Row = {
	name: 'recorded',
	title: 'a recorded cluster to its heads (the embedded recording, or --recording)',
	run: (context) => {
		const { recording } = context.options
		const file =
			recording ??
			fileURLToPath(
				new URL('src/recording/embedded/steady.vigil.gz', `${packageRoot().href.replace(/\/*$/, '/')}`),
			)
		return inTurns(context, {
			row: 'recorded',
			case: recording ?? 'steady',
			source: { kind: 'recording', file },
			measure: catchUp,
		})
	},
}
