import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    database_url: str
    secret_key: str = Field(default_factory=lambda: secrets.token_urlsafe(32))
    admin_password: str = ""
    discount_percent: int = 0
    upload_dir: Path = Path("uploads")
    invoice_dir: Path = Path("invoices")
    llm_url: str = "http://llm:8080/v1/chat/completions"
    rates_url: str = "https://rates.example.com/eur.json"
    smtp_host: str = "mail"


@lru_cache
def get_settings() -> Settings:
    return Settings()
