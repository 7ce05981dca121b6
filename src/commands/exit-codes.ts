/** Exit codes of every command. */
export const EXIT_OK = 0
/** The command could not do what it should, or the process met an unforeseen error. */
export const EXIT_FAILURE = 1
/** The command line, the environment or a configuration file is wrong: starting again will not help. */
export const EXIT_USAGE = 2
/** `vigil verify` has read everything and found broken invariants. */
export const EXIT_BROKEN = 3

/** For the help and docs/configuration.md. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
	[EXIT_OK, 'done; of "vigil start": stopped by SIGINT or SIGTERM, everything acknowledged is on disk'],
	[EXIT_FAILURE, 'the command failed, stderr or the log says why; starting again may help'],
	[EXIT_USAGE, 'the command line, a variable or a configuration file is wrong; starting again will not help'],
	[EXIT_BROKEN, '"vigil verify": the store does not hold its invariants, stdout names each'],
]

/** The part of the help that lists the exit codes. */
export function exitCodesHelp(): string {
	return `\nExit codes:\n${EXIT_CODES.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}\n`
}
