import type { FastifyServerOptions } from 'fastify'

/**
 * For servers whose routes have no schemas: fastify then loads no compilers of schemas, which are half of its code and
 * which the bundle leaves out (`src/packaging/bundle.ts`).
 */
export const NO_SCHEMAS: NonNullable<FastifyServerOptions['schemaController']> = {
	compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
}

function refuse(): never {
	throw new TypeError('routes with schemas need compilers, see NO_SCHEMAS')
}
