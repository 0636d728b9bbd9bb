# docker build -t ontap-iscsi-operator:0.1.0 .
#
# Without access to the internet: --build-arg BASE_IMAGE=..., --build-arg NPM_REGISTRY=https://npm.example.com/, and for its
# certificate and login --secret id=npm-ca,src=ca.pem and --secret id=npmrc,src=.npmrc. The base is needed to build only:
# Debian or what is like it, with node 24 and npm.
ARG BASE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${BASE_IMAGE} AS build
ARG NPM_REGISTRY
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npm-ca --mount=type=secret,id=npmrc \
    if [ -f /run/secrets/npm-ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/npm-ca; fi; \
    if [ -f /run/secrets/npmrc ]; then export NPM_CONFIG_USERCONFIG=/run/secrets/npmrc; fi; \
    npm ci --ignore-scripts --no-audit --no-fund ${NPM_REGISTRY:+--registry="$NPM_REGISTRY"}
COPY tsconfig.json LICENSE ./
COPY tools/bundle tools/bundle
COPY src src
RUN npm run build
# All that the image consists of: two programs with the libraries they load, the bundle, and the names of users and hosts.
# nsswitch.conf has /etc/hosts asked before DNS, for hostAliases.
RUN set -eu; \
    mkdir -p /image/usr/bin /image/etc /image/app /image/usr/share/licenses/ontap-iscsi-operator; \
    cp -L "$(command -v node)" "$(command -v prlimit)" /image/usr/bin/; \
    for library in $(ldd /image/usr/bin/* | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do \
      mkdir -p "/image$(dirname "$library")"; cp -L "$library" "/image$library"; \
    done; \
    cp -R dist/. /image/app/; \
    cp LICENSE /image/usr/share/licenses/ontap-iscsi-operator/; \
    echo 'operator:x:1000:1000::/:/sbin/nologin' > /image/etc/passwd; \
    echo 'operator:x:1000:' > /image/etc/group; \
    echo 'hosts: files dns' > /image/etc/nsswitch.conf

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ontap-iscsi-operator" \
      org.opencontainers.image.description="Keeps the iSCSI credentials (CHAP) of NetApp ONTAP arrays equal to what is declared" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image /
USER 1000:1000
# What the compiler's threads have freed goes back to the system instead of staying in arenas: 15 MB with a thousand credentials.
ENV PATH=/usr/bin MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=32768 MALLOC_TRIM_THRESHOLD_=65536 NODE_OPTIONS=--max-old-space-size-percentage=58
# Memory holds secrets: no core dump (prlimit), and no debugger by SIGUSR1. undici parses HTTP by WebAssembly: compiled a second
# time, optimised, it would hold 11 MB for nothing (--liftoff-only). The heap follows the container's memory limit by
# NODE_OPTIONS, which a manifest may replace: a flag here would win over it. A small young generation keeps the resident size
# flat under load, and in a quiet moment garbage is collected (--expose-gc).
ENTRYPOINT ["/usr/bin/prlimit", "--core=0", "--", "/usr/bin/node", "--disable-sigusr1", "--expose-gc", "--liftoff-only", "--max-semi-space-size=8", "/app/ontap-iscsi-operator.mjs"]
CMD ["run"]
