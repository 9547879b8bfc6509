import os

import redis


class Config:
    SECRET_KEY = os.environ["SECRET_KEY"]

    SQLALCHEMY_DATABASE_URI = os.environ["DATABASE_URL"]
    SQLALCHEMY_ENGINE_OPTIONS = {
        "pool_size": int(os.environ.get("DB_POOL_SIZE", "5")),
        "max_overflow": int(os.environ.get("DB_MAX_OVERFLOW", "2")),
        "pool_pre_ping": True,
    }

    SESSION_TYPE = "redis"
    SESSION_REDIS = redis.Redis.from_url(os.environ["REDIS_URL"])

    CACHE_TYPE = "RedisCache"
    CACHE_REDIS_URL = os.environ["REDIS_URL"]
    CACHE_DEFAULT_TIMEOUT = 60

    RATELIMIT_STORAGE_URI = os.environ["REDIS_URL"]

    S3_BUCKET = os.environ["S3_BUCKET"]
    S3_ENDPOINT_URL = os.environ.get("S3_ENDPOINT_URL")
    MAX_CONTENT_LENGTH = 5 * 1024 * 1024

    ADMIN_PASSWORD = os.environ["ADMIN_PASSWORD"]
