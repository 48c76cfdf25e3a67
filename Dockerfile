# syntax=docker/dockerfile:1
#
#   docker build -t stream-infer .
#   docker run --rm -p 8080:8080 -e STREAM_INFER_HTTP_TOKEN=<8 characters or more> stream-infer \
#     run --broker kafka --bootstrap-servers kafka:9092
#
# In a container the server listens beyond loopback, which requires a token.
# A host name other than localhost has to be listed in STREAM_INFER_HTTP_ALLOWED_HOSTS.

FROM node:20-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make python3 python3-pip \
    zlib1g-dev libssl-dev libzstd-dev libcurl4-openssl-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
# Cache mounts: later builds do not compile native modules or download packages again.
RUN --mount=type=cache,target=/root/.npm --mount=type=cache,target=/root/.cache \
    node scripts/setup.mjs \
 && npm prune --omit=dev --ignore-scripts \
 && rm -rf node_modules/@confluentinc/kafka-javascript/deps node_modules/.stream-infer \
 && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 ! -name linux -exec rm -rf {} + \
 && mkdir -p models config

# Not Alpine: TensorFlow's library and the Kafka client are linked against glibc.
FROM node:20-bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libcurl4 libssl3 libzstd1 tini zlib1g \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production \
    STREAM_INFER_HTTP_HOST=0.0.0.0 \
    XDG_DATA_HOME=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/models ./models
COPY --from=build /app/config ./config
COPY --from=build /app/schema ./schema
# Results, journals and the instance id.
RUN mkdir /data && chown node:node /data
# By number, so that Kubernetes can verify that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8080
# Liveness, not readiness: an instance that waits for its broker must not be restarted.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${Number(process.env.STREAM_INFER_HTTP_PORT) || 8080}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# tini reaps children and forwards SIGTERM, so that `docker stop` drains.
ENTRYPOINT ["tini", "--", "node", "/app/dist/cli/main.js"]
CMD ["run"]
