# The page with the published models, as a user who owns nothing, on a file system that may be
# read-only: docker run --read-only --cap-drop ALL -p 8000:8000 -v KEYS:/keys IMAGE
# scripts/check_dockerfile runs the steps below where no container engine is.

FROM node:24-slim AS page
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM python:3.11-slim AS wheel
# Of pyproject.toml, with commas between; none: the page and the API. `--build-arg EXTRAS=ray`.
ARG EXTRAS=
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE CHANGELOG.md ./
COPY mammoscope ./mammoscope
COPY --from=page /build/mammoscope/serving/static ./mammoscope/serving/static
RUN python -m venv /opt/mammoscope
RUN /opt/mammoscope/bin/pip install -q -c constraints.txt ".${EXTRAS:+[$EXTRAS]}"

FROM python:3.11-slim
# Nothing is written but to a log that is asked for: nor what Python would compile.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/mammoscope/bin:$PATH
COPY --from=wheel /opt/mammoscope /opt/mammoscope
USER 65534:65534
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/api/health', timeout=4)"]
# Other machines reach a container's address, so it asks for keys: `mammoscope keys add`.
CMD ["mammoscope", "serve", "--host", "0.0.0.0", "--key-file", "/keys/keys.json"]
