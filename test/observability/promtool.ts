import { spawnSync } from 'node:child_process'

const NAME = 'promtool'

/** Whether Prometheus' tool is there. Tests without it say in their names that they are left out. */
export const hasPromtool = spawnSync(NAME, ['--version']).status === 0

export const leftOut = hasPromtool ? '' : ' (left out: promtool is not installed)'

/** Runs promtool and returns what it says if it is not content, with its exit code. */
export function promtool(
	args: readonly string[],
	options: { readonly input?: string; readonly cwd?: string } = {},
): { readonly status: number | null; readonly output: string } {
	const { status, stdout, stderr } = spawnSync(NAME, args, { encoding: 'utf8', ...options })
	return { status, output: `${stdout}${stderr}` }
}
