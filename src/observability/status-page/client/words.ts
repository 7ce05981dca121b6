const NUMBERS = new Intl.NumberFormat('en')
const SHORT = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, notation: 'compact' })

/** `1234567` as `1,234,567`. */
export function numberText(value: number): string {
	return NUMBERS.format(value)
}

/** Three digits: `85.1K`. */
export function shortNumber(value: number): string {
	return SHORT.format(value)
}

/** Three digits of bytes: `1.2 MB`. */
export function bytesText(bytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
	let unit = 0
	let value = bytes
	while (value >= 1_000 && unit < units.length - 1) {
		value /= 1_000
		unit++
	}
	return `${Number(value.toPrecision(3))} ${units[unit]}`
}

/** `75` as `1m 15s`. What is not yet is now: clocks differ a little. */
export function ageText(seconds: number): string {
	const age = Math.max(0, Math.round(seconds))
	if (age < 60) return `${age}s`
	if (age < 3_600) return `${Math.floor(age / 60)}m ${age % 60}s`
	if (age < 172_800) return `${Math.floor(age / 3_600)}h ${Math.floor((age % 3_600) / 60)}m`
	return `${Math.floor(age / 86_400)}d`
}

/** `one node`, `3 nodes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
	return count === 1 ? `1 ${one}` : `${numberText(count)} ${many}`
}
