declare const chainIdBrand: unique symbol

/** A chain ID of 256 bits. As bigint it compares with `===`, sorts, and is a Map key. */
export type ChainId = bigint & { readonly [chainIdBrand]: true }
