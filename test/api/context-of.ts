import type { Logger } from 'pino'
import type { ApiContext } from '../../src/api/method.js'
import type { SupervisorReader } from '../../src/api/supervisor-reader.js'

/** A context for tests of what is around the answers: what is not given fails as a fault inside of Vigil would. */
export function contextOf(log: Logger, reader: Partial<SupervisorReader>): ApiContext {
	const unused = () => {
		throw new Error('this is not part of the test')
	}
	return {
		log,
		version: '1.2.3',
		reader: {
			dependencySet: { chains: [], messageExpiryWindow: 0n },
			failsafe: unused,
			checkAccessList: unused,
			localUnsafe: unused,
			crossUnsafe: unused,
			localSafe: unused,
			crossSafe: unused,
			finalized: unused,
			finalizedL1: unused,
			crossDerivedToSource: unused,
			allSafeDerivedAt: unused,
			syncStatus: unused,
			state: unused,
			invalidations: unused,
			...reader,
		},
		superRoots: { superRootAtTimestamp: unused, atTimestamp: unused },
	}
}
