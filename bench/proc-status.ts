/** A field of /proc/PID/status, which has kB, in MB. Undefined if it is not there, as of a process that is ending. */
export function procStatusMb(status: string, field: string): number | undefined {
	const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
	return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}
