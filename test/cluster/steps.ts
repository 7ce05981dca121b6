import type { Step } from './step.js'
import { agreement } from './steps/agreement.js'
import { blocksBecomeFinal } from './steps/blocks-become-final.js'
import { freshNode } from './steps/fresh-node.js'
import { invalidMessage } from './steps/invalid-message.js'
import { l1Reorg } from './steps/l1-reorg.js'
import { nodeKilled } from './steps/node-killed.js'
import { recorded } from './steps/recorded.js'
import { supervisorKilled } from './steps/supervisor-killed.js'
import { unsafeRouted, unsafeRoutedAgain } from './steps/unsafe-routed.js'
import { sameTimestampMessage, validMessage } from './steps/valid-messages.js'

/** In the order in which they are taken; later ones meet what earlier ones left behind. */
export const STEPS: readonly Step[] = [
	blocksBecomeFinal,
	validMessage,
	sameTimestampMessage,
	invalidMessage,
	freshNode,
	unsafeRouted,
	l1Reorg,
	unsafeRoutedAgain,
	nodeKilled,
	supervisorKilled,
	recorded,
	agreement,
]
