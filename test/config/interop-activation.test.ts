import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { isActivationBlock, isInterop } from '../../src/config/interop-activation.js'

interface Links {
	configs: { chains: { chainID: string; blockTime: string; interopTime: string | null }[] }[]
	activation: {
		config: number
		chainID: string
		timestamp: string
		isInterop: boolean
		isInteropActivationBlock: boolean
	}[]
}

const links = JSON.parse(
	gunzipSync(readFileSync(new URL('../vectors/codec/links.json.gz', import.meta.url))).toString(),
) as Links

/** Interop at a time that no block can have is never, for Vigil: such chains have no interop time here. */
function readInteropTime(text: string | null): number | null {
	return text === null || !Number.isSafeInteger(Number(text)) ? null : Number(text)
}

test('activation agrees with every recorded case', () => {
	let compared = 0
	for (const { config, chainID, timestamp, ...expected } of links.activation) {
		const chain = links.configs[config]?.chains.find((entry) => entry.chainID === chainID)
		const times = {
			blockTime: Number(chain?.blockTime ?? 0),
			interopTime: readInteropTime(chain?.interopTime ?? null),
		}
		const isBeyond = times.interopTime === null && BigInt(timestamp) > BigInt(Number.MAX_SAFE_INTEGER)
		if (isBeyond) continue
		const found = {
			isInterop: isInterop(times, BigInt(timestamp)),
			isInteropActivationBlock: isActivationBlock(times, BigInt(timestamp)),
		}
		expect(found, `${chainID} at ${timestamp}`).toEqual(expected)
		compared += 1
	}
	expect(compared).toBeGreaterThan(links.activation.length * 0.9)
})
