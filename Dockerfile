# Two stages: the front ends are built with Node, the product runs on Python alone.
FROM node:22-slim AS frontends
WORKDIR /src
COPY schema/schema.graphql schema/schema.graphql
COPY web web
RUN cd web && npm ci --no-audit --no-fund && npm run build
COPY miniapp miniapp
RUN cd miniapp && npm ci --no-audit --no-fund && npm run build:h5

FROM python:3.12-slim
WORKDIR /app
COPY requirements.lock pyproject.toml README.md ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY backend backend
COPY schema schema
COPY workers workers
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . && useradd --system shuhui && mkdir -p /var/lib/shuhui && chown shuhui /var/lib/shuhui
COPY --from=frontends /src/web/dist web/dist
COPY --from=frontends /src/web/src/gql/persisted-documents.json web/src/gql/
COPY --from=frontends /src/miniapp/src/gql/persisted-documents.json miniapp/src/gql/
COPY --from=frontends /src/miniapp/dist/h5 miniapp/dist/h5
USER shuhui
EXPOSE 8000
CMD ["shuhui", "api"]
