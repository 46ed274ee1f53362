# Repeats what tools/setup and make do, on the same Debian. Not a second way of installing: change those, not this.
#   docker build -t resonance . && docker run --rm -v ~/Music:/music:ro -v resonance:/resonance/catalog resonance index /music
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates g++ git make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /resonance
COPY tools/setup tools/setup
RUN tools/setup build
COPY . .
RUN make build
ENTRYPOINT ["build/bin/resonance"]
CMD ["--help"]
