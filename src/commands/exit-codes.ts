/** Exit codes of every command. */
export const EXIT_OK = 0
/** The command could not do what it should, or the process met an unforeseen error. */
export const EXIT_FAILURE = 1
/** The command line, the environment or a configuration file is wrong: starting again will not help. */
export const EXIT_USAGE = 2
