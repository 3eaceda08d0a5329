# Written from infra/image/steps.ts: change that. `npm run image:rootfs` carries out the same steps where no container engine is.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY . .
# Packages as locked, without scripts of theirs.
RUN npm ci --ignore-scripts
# The bundle, Node and what it is linked with.
RUN node infra/image/assemble.ts /image

# No distribution, no shell, no package manager: these files are all that there is.
FROM scratch
COPY --from=build /image /
ENV NODE_ENV=production ENVIRONMENT=production
# The commit that it was built from, shown by build_info. An empty one is refused by the service.
ARG BUILD_COMMIT
ENV BUILD_COMMIT=${BUILD_COMMIT}
USER 1001:1001
WORKDIR /app
EXPOSE 4000 4001
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/node","/app/main.js"]
CMD ["start", "--role", "api"]
