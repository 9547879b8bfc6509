import csv
import io
import json
import threading
import uuid

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth.decorators import login_required, user_passes_test
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views import View
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_GET, require_POST

from . import catalogue, newsletter
from .consumers import StockConsumer
from .invoices import invoice_path, write_invoice
from .jobs import mail_jobs
from .models import Order, OrderLine, Product, Review
from .numbers import next_order_number

checkout_lock = threading.Lock()
exports: dict[str, str] = {}

staff_only = user_passes_test(lambda user: user.is_staff)


@require_GET
def index(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"shop": "Corner shop", "categories": catalogue.categories(), "recent_searches": request.recent_searches})


@require_GET
@cache_page(300, cache="pages")
def products(request: HttpRequest) -> JsonResponse:
    found = Product.objects.order_by("name")
    if category := request.GET.get("category"):
        found = found.filter(category=category)
    return JsonResponse([product.as_dict() for product in found], safe=False)


@require_GET
def search(request: HttpRequest) -> JsonResponse:
    return JsonResponse(catalogue.search(request.GET.get("q", "").strip().lower()), safe=False)


@require_GET
def product(request: HttpRequest, product_id: int) -> JsonResponse:
    if (found := catalogue.detail(product_id)) is None:
        raise Http404
    return JsonResponse(found)


class ImageView(View):
    def get(self, request: HttpRequest, product_id: int) -> FileResponse:
        product = get_object_or_404(Product, pk=product_id)
        if not product.image:
            raise Http404
        return FileResponse(product.image.open())

    def post(self, request: HttpRequest, product_id: int) -> HttpResponse:
        if not request.user.is_staff:
            return HttpResponse(status=403)
        product = get_object_or_404(Product, pk=product_id)
        product.image = request.FILES["image"]
        product.save(update_fields=["image"])
        return HttpResponse(status=201)


class CartView(View):
    def get(self, request: HttpRequest) -> JsonResponse:
        cart: dict[str, int] = request.session.get("cart", {})
        found = Product.objects.filter(pk__in=cart)
        lines = [{"product": product.name, "quantity": cart[str(product.pk)]} for product in found]
        total = sum(discounted(product.price_cents) * cart[str(product.pk)] for product in found)
        return JsonResponse({"lines": lines, "total_cents": total})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = json.loads(request.body)
        product = get_object_or_404(Product, pk=form["product_id"], stock__gte=form["quantity"])
        cart = request.session.setdefault("cart", {})
        cart[str(product.pk)] = cart.get(str(product.pk), 0) + form["quantity"]
        request.session.modified = True
        return HttpResponse(status=201)


class ReviewsView(View):
    def get(self, request: HttpRequest, product_id: int) -> JsonResponse:
        return JsonResponse(list(Review.objects.filter(product_id=product_id).values("stars", "text")), safe=False)

    def post(self, request: HttpRequest, product_id: int) -> HttpResponse:
        form = json.loads(request.body)
        Review.objects.create(product_id=product_id, stars=form["stars"], text=form["text"])
        return HttpResponse(status=201)


def discounted(price_cents: int) -> int:
    return price_cents * (100 - settings.DISCOUNT_PERCENT) // 100


@require_POST
@login_required
def place_order(request: HttpRequest) -> HttpResponse:
    cart: dict[str, int] = request.session.get("cart", {})
    if not cart:
        return HttpResponse("the cart is empty", status=400)
    with checkout_lock, transaction.atomic():
        order = Order.objects.create(number=next_order_number(), user=request.user)
        for product in Product.objects.filter(pk__in=cart):
            quantity = cart[str(product.pk)]
            if product.stock < quantity:
                transaction.set_rollback(True)
                return HttpResponse(f"{product} is sold out", status=409)
            product.stock -= quantity
            product.save(update_fields=["stock"])
            OrderLine.objects.create(order=order, product=product, quantity=quantity, price_cents=discounted(product.price_cents))
            async_to_sync(StockConsumer.announce)(product.name, product.stock)
    del request.session["cart"]
    mail_jobs.put((request.user.email, f"Your order {order.number}"))
    return JsonResponse(order.as_dict(), status=201)


@require_POST
@staff_only
def change_status(request: HttpRequest, order_id: int) -> JsonResponse:
    order = get_object_or_404(Order, pk=order_id)
    order.status = json.loads(request.body)["status"]
    order.save(update_fields=["status"])
    event = {"type": "order.status", "number": order.number, "status": order.status}
    async_to_sync(get_channel_layer().group_send)(f"order-{order.pk}", event)
    return JsonResponse(order.as_dict())


class InvoiceView(View):
    def get(self, request: HttpRequest, order_id: int) -> FileResponse:
        order = get_object_or_404(Order, pk=order_id, user_id=request.user.pk)
        try:
            return FileResponse(open(invoice_path(order), "rb"), as_attachment=True)
        except FileNotFoundError:
            raise Http404 from None

    def post(self, request: HttpRequest, order_id: int) -> HttpResponse:
        write_invoice(get_object_or_404(Order, pk=order_id, user_id=request.user.pk))
        return HttpResponse(status=201)


@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    newsletter.subscribe(json.loads(request.body)["email"])
    return HttpResponse(status=201)


@require_POST
@staff_only
def set_discount(request: HttpRequest) -> HttpResponse:
    settings.DISCOUNT_PERCENT = int(json.loads(request.body)["percent"])
    return HttpResponse(status=204)


@require_POST
@staff_only
def export_orders(request: HttpRequest) -> JsonResponse:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["number", "status", "total"])
    for order in Order.objects.order_by("number").prefetch_related("lines"):
        writer.writerow([order.number, order.status, order.total_cents / 100])
    export_id = uuid.uuid4().hex
    exports[export_id] = buffer.getvalue()
    return JsonResponse({"id": export_id}, status=201)


@require_GET
@staff_only
def download_export(request: HttpRequest, export_id: str) -> HttpResponse:
    if export_id not in exports:
        raise Http404
    return HttpResponse(exports[export_id], content_type="text/csv")
