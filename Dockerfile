# Built with `docker build -t ontap-iscsi-operator:0.1.0 .`
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY tools/bundle tools/bundle
COPY src src
RUN npm run build

FROM node:24.21.0-bookworm-slim
COPY --from=build /src/dist /app
USER 1000:1000
# What the compiler's threads have freed goes back to the system instead of staying in arenas: 15 MB with a thousand credentials.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=32768 MALLOC_TRIM_THRESHOLD_=65536 NODE_OPTIONS=--max-old-space-size-percentage=58
# Memory holds secrets: no core dump, and no debugger by SIGUSR1. undici parses HTTP by WebAssembly: compiled a second time,
# optimised, it would hold 11 MB for nothing (--liftoff-only). The heap follows the container's memory limit
# (NODE_OPTIONS, which a manifest may replace: a flag here would win over it); a small young generation keeps the resident size flat under load, and in a quiet moment garbage is collected (--expose-gc).
ENTRYPOINT ["/bin/sh", "-c", "ulimit -c 0 && exec node --disable-sigusr1 --expose-gc --liftoff-only --max-semi-space-size=8 /app/ontap-iscsi-operator.mjs \"$@\"", "--"]
CMD ["run"]
