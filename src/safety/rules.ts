import type { LinkCheck } from './link-check.js'

/** The configuration that verdicts depend on. */
export interface SafetyRules {
	/** May one chain execute a message of another? Activation, expiry, dependency set. */
	readonly link: LinkCheck
}
