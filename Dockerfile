# The image holds what `npm pack` packs, and the packages that it needs to run.
FROM node:24-bookworm-slim AS build
WORKDIR /vigil
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci
COPY src src
COPY workers workers
COPY bench bench
COPY grafana/source grafana/source
COPY test test
# The compiler stays because viem could make use of its types; nothing does at run time, nor of types and maps.
RUN npm run build && npm prune --omit=dev \
    && rm -rf node_modules/typescript node_modules/@typescript \
    && find node_modules dist \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    VIGIL_DATADIR=/data
WORKDIR /vigil
COPY --from=build /vigil/package.json ./
COPY --from=build /vigil/node_modules node_modules
COPY --from=build /vigil/dist/vigil.js dist/vigil.js
COPY --from=build /vigil/dist/threads dist/threads
COPY --from=build /vigil/dist/chunks dist/chunks
COPY --from=build /vigil/dist/third-party-licenses.txt dist/third-party-licenses.txt
COPY --from=build /vigil/dist/src/kernel/receipts.wasm dist/src/kernel/receipts.wasm
COPY --from=build /vigil/dist/src/observability/status-page/client.js dist/src/observability/status-page/client.js
COPY --from=build /vigil/src/recording/embedded src/recording/embedded
COPY --from=build /vigil/src/observability/status-page/page src/observability/status-page/page
RUN mkdir /data && chown node:node /data
# The user node, as a number: who runs the image can see that it is not root.
USER 1000
VOLUME /data
EXPOSE 8545 7300 8560
# Alive, not ready: who is waiting for its nodes must not be started again. Set another port by variable, not by flag.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.VIGIL_RPC_PORT || process.env.OP_SUPERVISOR_RPC_PORT || process.env.RPC_PORT || 8545}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/vigil/dist/vigil.js"]
CMD ["start"]
