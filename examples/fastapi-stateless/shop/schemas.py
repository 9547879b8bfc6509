from pydantic import BaseModel, ConfigDict, Field


class Credentials(BaseModel):
    email: str
    password: str


class ProductIn(BaseModel):
    name: str
    price_cents: int = Field(ge=0)
    stock: int = Field(ge=0)


class ProductOut(ProductIn):
    model_config = ConfigDict(from_attributes=True)

    id: int


class CartItem(BaseModel):
    product_id: int
    quantity: int = Field(default=1, ge=1)


class OrderOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    number: int
    status: str
    total_cents: int


class Status(BaseModel):
    status: str


class Discount(BaseModel):
    percent: int = Field(ge=0, le=90)


class Question(BaseModel):
    conversation_id: str
    text: str
