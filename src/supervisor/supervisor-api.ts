import type { ClusterReads } from '../api/cluster-reads.js'
import type { PayloadRouter } from '../api/method.js'
import type { SuperRoots } from '../api/super-roots.js'
import type { SupervisorControl } from '../api/supervisor-control.js'
import type { SupervisorReader } from '../api/supervisor-reader.js'
import type { ClusterConfig } from '../config/cluster-config.js'
import { LinkCheck } from '../safety/link-check.js'
import { ClusterReader, type ClusterReaderModules } from './cluster-reader.js'
import { type SnapshotSource, storeReader } from './store-reader.js'
import { type SuperRootModules, SuperRootReader } from './super-root-reader.js'

/** What the RPC server answers from. */
export interface SupervisorApi {
	readonly reader: SupervisorReader
	readonly superRoots: SuperRoots
	readonly cluster: ClusterReads
	/** Missing in a process that only reads. */
	readonly control?: SupervisorControl
	/** Missing where no unsafe blocks are routed. */
	readonly router?: PayloadRouter
}

/** Where nodes cannot be asked. */
const NO_NODES = {
	output: () => Promise.reject(new Error('outputs are asked for in the main thread')),
	call: () => Promise.reject(new Error('execution nodes are asked in the main thread')),
}

/** What can be answered from the store alone, in another thread than the one that has the nodes. */
export function readingApi(store: SnapshotSource, cluster: ClusterConfig): SupervisorApi {
	return supervisorApi({ store, outputs: NO_NODES, execution: NO_NODES }, cluster)
}

/** The one set of answers for the supervising process and for those that only read. */
export function supervisorApi(
	modules: Omit<SuperRootModules, 'rollups'> & Pick<ClusterReaderModules, 'outputs' | 'execution'>,
	cluster: ClusterConfig,
	control?: SupervisorControl,
	router?: PayloadRouter,
): SupervisorApi {
	const { chains, messageExpiryWindow, rollups } = cluster
	const link = new LinkCheck({ chains: rollups, messageExpiryWindow })
	return {
		reader: storeReader(modules.store, {
			dependencySet: { chains, messageExpiryWindow },
			rules: { link },
		}),
		superRoots: new SuperRootReader({ ...modules, rollups }),
		cluster: new ClusterReader({ ...modules, rollups }),
		...(control === undefined ? {} : { control }),
		...(router === undefined ? {} : { router }),
	}
}
