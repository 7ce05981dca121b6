/** The package ships no types; only what the data directory's lock needs is declared. */
declare module 'fs-native-extensions' {
	/** Takes an exclusive kernel lock on an open file; `false` if another open file of any process holds it. */
	export function tryLock(fd: number): boolean
}
