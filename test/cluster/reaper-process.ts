import { createInterface } from 'node:readline'

/**
 * Ends what the cluster test has started when the test itself is gone, however it went: its end closes the pipe from
 * which this process reads. Lines are `+PID` and `-PID` of process groups.
 */
const groups = new Set<number>()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

for await (const line of createInterface({ input: process.stdin })) {
	const pid = Number(line.slice(1))
	if (line.startsWith('+')) groups.add(pid)
	else groups.delete(pid)
}

for (const pid of groups) {
	try {
		process.kill(-pid, 'SIGKILL')
	} catch {
		// The group has ended by itself.
	}
}
