# docker build -t statelint .
# docker run --rm -v "$PWD:/src:ro" statelint
# docker run --rm -v "$PWD:/src:ro" statelint check --output-format markdown backend
FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY rules rules
RUN python -m venv /opt/statelint \
 && /opt/statelint/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim
COPY --from=build /opt/statelint /opt/statelint
ENV PATH="/opt/statelint/bin:$PATH"
RUN useradd --create-home statelint
USER statelint
WORKDIR /src
ENTRYPOINT ["statelint"]
CMD ["check"]
