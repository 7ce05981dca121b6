# Builds with the development dependencies, runs with the others.
FROM node:22-bookworm-slim AS build
WORKDIR /vigil
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci
COPY src src
COPY workers workers
COPY bench bench
COPY grafana/source grafana/source
COPY test test
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /vigil
COPY --from=build /vigil/package.json ./
COPY --from=build /vigil/node_modules node_modules
COPY --from=build /vigil/dist/src dist/src
COPY --from=build /vigil/dist/workers dist/workers
COPY --from=build /vigil/src/recording/embedded src/recording/embedded
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8545
ENTRYPOINT ["node", "/vigil/dist/src/main.js"]
CMD ["start", "--datadir", "/data"]
