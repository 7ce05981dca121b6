import { cpus, totalmem } from 'node:os'

export interface Machine {
	readonly cpu: string
	readonly cores: number
	readonly memoryGb: number
	readonly node: string
}

/** What the figures were measured on. */
export function machine(): Machine {
	const cores = cpus()
	return {
		cpu: cores[0]?.model.trim() ?? 'unknown',
		cores: cores.length,
		memoryGb: Math.round(totalmem() / 2 ** 30),
		node: process.version,
	}
}

export function machineLine(): string {
	const { cpu, cores, memoryGb, node } = machine()
	return `${cores} cores (${cpu}), ${memoryGb} GB, Node ${node}\n`
}
