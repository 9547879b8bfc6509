import json
import os

import redis

client = redis.Redis.from_url(os.environ["REDIS_URL"])


class Jobs:
    """Every write goes to Redis too, and what is asked for is read from there."""

    def __init__(self) -> None:
        self._jobs: dict[str, dict] = {}

    def put(self, job_id: str, job: dict) -> None:
        self._jobs[job_id] = job
        client.set(f"job:{job_id}", json.dumps(job))

    def get(self, job_id: str) -> dict | None:
        raw = client.get(f"job:{job_id}")
        return json.loads(raw) if raw else None


class Flags:
    """Read from Redis once and then never again."""

    def __init__(self) -> None:
        self._cache: dict[str, bool] = {}

    def is_on(self, name: str) -> bool:
        if name not in self._cache:
            self._cache[name] = client.get(f"flag:{name}") == b"1"
        return self._cache[name]

    def turn(self, name: str, on: bool) -> None:
        client.set(f"flag:{name}", int(on))
        self._cache[name] = on


jobs = Jobs()
flags = Flags()
