/** After a reset derivation starts over this many L1 blocks before the local-safe block's origin: a channel time-out. */
export const CHANNEL_TIMEOUT_BLOCKS = 50
/** From an accepted reset to the first derivation event: half a second to a second in the recordings. */
export const RESTART_MS = { recorded: 700, asap: 2 }
/** From `invalidateBlock` to `replaceBlock`: 8 to 20 ms in the recordings. */
export const REPLACE_MS = { recorded: 15, asap: 1 }
/** From a subscription to a fresh node's first `reset`: about 2.6 s in the recordings; the step retry backs off. */
export const ASK_RESET_MS = { recorded: 2600, asap: 5 }
/** How long a node that waits for a reset keeps still before it asks again. */
export const ASK_AGAIN_MS = { recorded: 5000, asap: 250 }
