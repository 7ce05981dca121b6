import type { ManagedEvent } from '../protocol/managed-event.js'
import type { ChainContext } from './chain-context.js'
import { onDerivationOriginUpdate } from './handlers/derivation-origin-update.js'
import { onDerivationUpdate } from './handlers/derivation-update.js'
import { onExhaustL1 } from './handlers/exhaust-l1.js'
import { onReplaceBlock } from './handlers/replace-block.js'
import { onReset } from './handlers/reset.js'
import { onUnsafeBlock } from './handlers/unsafe-block.js'
import type { NodeSession } from './node-session.js'

/** Handles all members of an event, in the order of the protocol notes. */
export async function handleEvent(
	chain: ChainContext,
	node: NodeSession,
	event: ManagedEvent,
): Promise<void> {
	if (event.reset !== undefined) onReset(node, event.reset)
	if (event.unsafeBlock !== undefined) await onUnsafeBlock(chain, node, event.unsafeBlock)
	if (event.derivationUpdate !== undefined) {
		const isMove = event.derivationOriginUpdate !== undefined
		await onDerivationUpdate(chain, node, event.derivationUpdate, isMove)
	}
	if (event.exhaustL1 !== undefined) onExhaustL1(chain, node, event.exhaustL1)
	if (event.replaceBlock !== undefined) await onReplaceBlock(chain, node, event.replaceBlock)
	if (event.derivationOriginUpdate !== undefined)
		onDerivationOriginUpdate(chain, event.derivationOriginUpdate)
}
