/** Of what takes microseconds in memory and milliseconds with the disk: seconds. */
export const SHORT_SECONDS = [
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** Of what waits for a network: seconds. A superset of op-supervisor's, whose dashboards read these. */
export const CALL_SECONDS = [
	0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** How deep reorgs are: blocks. Beyond 64 something is badly wrong. */
export const DEPTH_BLOCKS = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const
