import type { NodeSession } from '../node-session.js'

/** `reset`: the node cannot go on by itself and asks for heads to start from. */
export function onReset(node: NodeSession, reason: string): void {
	node.startReset(`the node asks for it: ${reason}`)
}
