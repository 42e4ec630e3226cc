# Sentinel in a container: non-root, works with a read-only root, one volume (/data).
#
#   docker build -t sentinel .
#   docker run --read-only -p 127.0.0.1:8080:8080 -v sentinel-data:/data \
#     -v ./failover_rules.yaml:/etc/sentinel/failover_rules.yaml:ro --env-file secrets.env sentinel
ARG BASE=debian:bookworm-slim

# -- build: makes the virtual environment; nothing else of this stage is shipped
FROM ${BASE} AS build
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      ca-certificates python3 python3-pip python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements requirements
# No pip in what is shipped: whoever gets in finds no installer.
RUN python3 -m venv --without-pip /opt/sentinel \
 && python3 -m pip --python /opt/sentinel/bin/python install --quiet --require-hashes \
      --requirement requirements/run.txt
# hatchling and what it needs, of the very versions and hashes that the developers use.
RUN awk '/^[a-z]/ {keep = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/} keep' \
      requirements/dev.txt > build.txt \
 && python3 -m venv /build-tools \
 && /build-tools/bin/pip install --quiet --require-hashes --requirement build.txt
COPY pyproject.toml README.md LICENSE ./
COPY probes probes
COPY sentinel sentinel
RUN /build-tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python3 -m pip --python /opt/sentinel/bin/python install --quiet --no-deps --no-index /wheels/*.whl \
 && /opt/sentinel/bin/python -m compileall -q /opt/sentinel/lib

# -- run
FROM ${BASE}
LABEL org.opencontainers.image.title="sentinel" \
      org.opencontainers.image.description="Watches a city's channels and moves crisis messages to the ones that work." \
      org.opencontainers.image.licenses="EUPL-1.2"
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      ca-certificates python3 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 sentinel \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin sentinel \
 && install -d -o 10001 -g 10001 -m 0750 /data \
 && install -d -m 0755 /etc/sentinel \
 # The rules' default `data` folder stands beside the rules; this makes it the volume.
 && ln -s /data /etc/sentinel/data
COPY --from=build /opt/sentinel /opt/sentinel
# The example rules, so that the image starts as it is; mount your own over them.
COPY failover_rules.yaml /etc/sentinel/failover_rules.yaml
# Temporary files go to the volume too, because everything else may be read-only.
ENV PATH=/opt/sentinel/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/data TMPDIR=/data
USER 10001:10001
# Here a bare `sentinel status` finds the rules, and by them the daemon.
WORKDIR /etc/sentinel
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8080, timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["sentinel", "--rules", "/etc/sentinel/failover_rules.yaml"]
# Inside a container the loopback address could not be reached from outside.
CMD ["run", "--listen", "0.0.0.0:8080"]
