import { afterTest } from './cleanup.js'
import { NodeFront } from './node-front.js'

export type { Answer, Lie } from './node-front.js'

/** A front for one test. */
export class LyingNode extends NodeFront {
	/** Stands before `target` until the end of the test. */
	static async before(target: string): Promise<LyingNode> {
		const node = new LyingNode(target)
		await node.listen()
		afterTest(() => node.stop())
		return node
	}
}
