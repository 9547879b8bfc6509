from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything comes from the environment; what has no default has to be set."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str
    db_pool_size: int = 5
    db_max_overflow: int = 2
    redis_url: str
    secret_key: str
    admin_password: str
    s3_bucket: str
    s3_endpoint_url: str | None = None
    llm_url: str = "http://llm:8080/v1/chat/completions"
    rates_url: str = "https://rates.example.com/eur.json"
    smtp_host: str = "mail"


@lru_cache
def get_settings() -> Settings:
    return Settings()
