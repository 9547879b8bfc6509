from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    precision: int = 2
