import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { afterTest } from '../supervisor/cleanup.js'
import { anvilForTest, gatewayUnderTest } from './gateway-under-test.js'

const HASHES = [1, 2].map((n) => `0x01${'00'.repeat(30)}0${n}`)
const BLOB = `0x${'ab'.repeat(131_072)}`
const BLOBS = `/eth/v1/beacon/blobs/7?versioned_hashes=${HASHES.join('&versioned_hashes=')}`

/** A beacon node as far as it is asked, with the paths that it was asked for. */
async function startBeacon(answers: Readonly<Record<string, unknown>>) {
	const paths: string[] = []
	const server = createServer((request, response) => {
		paths.push(request.url ?? '')
		const [path = ''] = (request.url ?? '').split('?')
		const answer = answers[path]
		response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
		response.end(JSON.stringify(answer ?? { code: 404, message: 'not found' }))
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	const close = async () => {
		if (!server.listening) return
		server.closeAllConnections()
		server.close()
		await once(server, 'close')
	}
	afterTest(close)
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths, close }
}

const WHOLE = {
	'/eth/v1/node/version': { data: { version: 'test/1' } },
	'/eth/v1/beacon/genesis': { data: { genesis_time: '1000' } },
	'/eth/v1/config/spec': { data: { SECONDS_PER_SLOT: '12' } },
	'/eth/v1/beacon/blobs/7': { data: [BLOB, BLOB] },
	'/eth/v1/beacon/blob_sidecars/7': { data: [] },
}

async function gatewayOver(...beacons: readonly { readonly url: string }[]) {
	const anvil = await anvilForTest()
	const gateway = await gatewayUnderTest([anvil.httpUrl], { beaconUrls: beacons.map(({ url }) => url) })
	const get = async (path: string) => {
		const response = await fetch(`${gateway.url}${path}`)
		return { status: response.status, body: (await response.json()) as unknown }
	}
	return { gateway, get }
}

it('answers what op-node asks of a beacon node, and keeps what does not change', async () => {
	const beacon = await startBeacon(WHOLE)
	const { get } = await gatewayOver(beacon)
	for (let i = 0; i < 3; i++)
		for (const [path, body] of Object.entries(WHOLE))
			expect(await get(path.includes('/blobs/') ? BLOBS : path)).toEqual({ status: 200, body })
	const asked = (path: string) => beacon.paths.filter((one) => one === path).length
	expect(asked('/eth/v1/beacon/genesis')).toBe(1)
	expect(asked('/eth/v1/config/spec')).toBe(1)
	expect(asked(BLOBS)).toBe(1)
	// Of a slot without hashes another block may still be the one.
	expect(asked('/eth/v1/beacon/blob_sidecars/7')).toBe(3)
	// What was kept is there without the endpoint.
	await beacon.close()
	expect(await get(BLOBS)).toMatchObject({ status: 200 })
	expect(await get('/eth/v1/config/spec')).toMatchObject({ status: 200 })
	expect(await get('/eth/v1/node/version')).toMatchObject({ status: 502 })
})

it('64 nodes at the same moment: blobs are fetched once', async () => {
	const beacon = await startBeacon(WHOLE)
	const { get } = await gatewayOver(beacon)
	const answers = await Promise.all(Array.from({ length: 64 }, () => get(BLOBS)))
	expect(answers.every(({ status }) => status === 200)).toBe(true)
	expect(beacon.paths).toEqual([BLOBS])
})

it.each([
	['too few blobs', { data: [BLOB] }],
	['blobs cut short', { data: [BLOB, BLOB.slice(0, -2)] }],
	['no list', { data: 'none' }],
])('an endpoint that answers with %s is passed over', async (_, body) => {
	const wrong = await startBeacon({ ...WHOLE, '/eth/v1/beacon/blobs/7': body })
	const right = await startBeacon(WHOLE)
	const { get, gateway } = await gatewayOver(wrong, right)
	expect(await get(BLOBS)).toEqual({ status: 200, body: WHOLE['/eth/v1/beacon/blobs/7'] })
	await gateway.close()
	expect(gateway.counts().upstream).toMatchObject({ [`${wrong.url} wrong`]: 1, [`${right.url} ok`]: 1 })
})

it('says 404 for blobs that nobody has any more, and 502 if there is nobody to ask', async () => {
	const { get } = await gatewayOver(await startBeacon({}))
	expect(await get(BLOBS)).toMatchObject({ status: 404 })
	const { get: getOfNobody } = await gatewayOver()
	expect(await getOfNobody(BLOBS)).toEqual({
		status: 502,
		body: {
			code: 502,
			message: 'no beacon endpoint answers: there is no beacon endpoint: set --l1-gateway.beacon',
		},
	})
})
