import { chain } from './chain.js'
import { crossSafety } from './cross-safety.js'
import type { Dashboard } from './dashboard.js'
import { internals } from './internals.js'
import { overview } from './overview.js'
import { rpc } from './rpc.js'
import { throughput } from './throughput.js'

/** In the order in which one looks at them. */
export const DASHBOARDS: readonly Dashboard[] = [overview, throughput, chain, crossSafety, rpc, internals]
