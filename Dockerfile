# The hub in one image: `serve` by default; `worker`, `migrate` and every other command by its name.
# Build: docker build -t fenghuo .        Run: see compose.yaml and docs/operations.md.

FROM python:3.12-slim AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/run.lock /build/run.lock
# Only what the lock names, and only with the bytes it names.
RUN /opt/venv/bin/pip install --require-hashes --only-binary=:all: -r /build/run.lock

FROM python:3.12-slim
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin fenghuo \
    && install --directory --owner=fenghuo --group=fenghuo --mode=0700 /data
COPY --from=builder /opt/venv /opt/venv
COPY pyproject.toml /opt/fenghuo/
COPY config /opt/fenghuo/config
COPY templates /opt/fenghuo/templates
COPY approvals /opt/fenghuo/approvals
COPY channels /opt/fenghuo/channels
COPY targeting /opt/fenghuo/targeting
COPY hub /opt/fenghuo/hub
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/fenghuo \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FENGHUO_HUB__DATA_DIR=/data \
    FENGHUO_HUB__HOST=0.0.0.0 \
    FENGHUO_HUB__PORT=8080 \
    FENGHUO_LOG__FORM=json
# Everything that is written is written here; the rest of the file system may be read-only.
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "hub"]
CMD ["serve"]
