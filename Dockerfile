# docker build -t statelint . && docker run --rm -v "$PWD:/src:ro" statelint check --no-cache
FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY rules rules
RUN python -m venv /opt/statelint && /opt/statelint/bin/pip install --no-cache-dir .

FROM python:3.13-slim
COPY --from=build /opt/statelint /opt/statelint
RUN useradd --create-home statelint
USER statelint
WORKDIR /src
ENTRYPOINT ["/opt/statelint/bin/statelint"]
CMD ["check", "--no-cache", "."]
