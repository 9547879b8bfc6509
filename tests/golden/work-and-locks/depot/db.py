import os

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

engine = create_engine(os.environ["DATABASE_URL"], pool_size=int(os.environ.get("DB_POOL_SIZE", "5")), max_overflow=0)
SessionLocal = sessionmaker(engine)


def get_db():
    with SessionLocal() as session:
        yield session
