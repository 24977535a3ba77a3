# Any image with Node 24 and npm builds it; any with glibc and libstdc++ runs it, with or without a shell.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY bin bin
COPY src src
COPY rolldown.config.js .
RUN npm run build
# The Node that the project was built with is the one that it runs on.
RUN mkdir -p /out/app/data /out/bin && cp dist/*.js /out/app/ && npm exec --offline -- node -e \
    "fs.copyFileSync(process.execPath, '/out/bin/node'); fs.chmodSync('/out/bin/node', 0o755)"

FROM ${BASE_IMAGE}
COPY --from=build /out/bin/node /usr/local/bin/node
COPY --from=build --chown=65532:65532 /out/app /app
WORKDIR /app
USER 65532:65532
# What is made at the first start, and the embedded store: nothing else is ever written.
VOLUME /app/data
EXPOSE 4180 4181 4182
ENTRYPOINT ["/usr/local/bin/node", "/app/postern.js"]
