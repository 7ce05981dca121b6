import type { HeadLevel } from '../../cluster-reading.js'
import { svg } from './element.js'

/** How a level is called and drawn: hollow is unsafe, a diamond is checked against the other chains. */
interface LevelLook {
	readonly level: HeadLevel
	readonly name: string
	readonly path: string
}

/** The newest first, as on the lane from right to left. */
export const LEVELS: readonly LevelLook[] = [
	{ level: 'local-unsafe', name: 'Local unsafe', path: 'M8 3a5 5 0 1 0 .01 0z' },
	{ level: 'cross-unsafe', name: 'Cross-unsafe', path: 'M8 2l6 6-6 6-6-6z' },
	{ level: 'local-safe', name: 'Local safe', path: 'M8 3a5 5 0 1 0 .01 0z' },
	{ level: 'cross-safe', name: 'Cross-safe', path: 'M8 2l6 6-6 6-6-6z' },
	{ level: 'finalized', name: 'Finalized', path: 'M3 3h10v10H3z' },
]

/** The sign of a level. Beside it there is always its name. */
export function levelSign({ level, path }: LevelLook): Element {
	return svg('svg', { class: 'sign', viewBox: '0 0 16 16', 'data-level': level, 'aria-hidden': 'true' }, [
		svg('path', { d: path }),
	])
}
