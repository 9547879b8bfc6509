import csv
import io
import json
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.decorators import login_required, user_passes_test
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views import View
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_GET, require_POST

from . import catalogue
from .catalogue import discounted
from .invoices import invoice_name, save_invoice
from .middleware import recent_searches
from .models import Order, OrderExport, OrderLine, Product, Review, Setting, Subscriber
from .tasks import deliver_mail

staff_only = user_passes_test(lambda user: user.is_staff)


@require_GET
def index(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"shop": "Corner shop", "categories": catalogue.categories(), "recent_searches": recent_searches()})


@require_GET
@cache_page(60)
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
    def get(self, request: HttpRequest, product_id: int) -> HttpResponseRedirect:
        product = get_object_or_404(Product, pk=product_id)
        if not product.image:
            raise Http404
        return redirect(product.image.url)

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


def send(group: str, event: dict[str, object]) -> None:
    async_to_sync(get_channel_layer().group_send)(group, event)


@require_POST
@login_required
def place_order(request: HttpRequest) -> HttpResponse:
    cart: dict[str, int] = request.session.get("cart", {})
    if not cart:
        return HttpResponse("the cart is empty", status=400)
    with transaction.atomic():
        order = Order.objects.create(user=request.user)
        for product in Product.objects.select_for_update().filter(pk__in=cart).order_by("pk"):
            quantity = cart[str(product.pk)]
            if product.stock < quantity:
                transaction.set_rollback(True)
                return HttpResponse(f"{product} is sold out", status=409)
            product.stock -= quantity
            product.save(update_fields=["stock"])
            OrderLine.objects.create(order=order, product=product, quantity=quantity, price_cents=discounted(product.price_cents))
    for line in order.lines.select_related("product"):
        send("stock", {"type": "stock.changed", "product": line.product.name, "stock": line.product.stock})
    del request.session["cart"]
    deliver_mail.delay(request.user.email, f"Your order {order.number}")
    return JsonResponse(order.as_dict(), status=201)


@require_POST
@staff_only
def change_status(request: HttpRequest, order_id: int) -> JsonResponse:
    order = get_object_or_404(Order, pk=order_id)
    order.status = json.loads(request.body)["status"]
    order.save(update_fields=["status"])
    send(f"order-{order.pk}", {"type": "order.status", "number": order.number, "status": order.status})
    return JsonResponse(order.as_dict())


class InvoiceView(View):
    def get(self, request: HttpRequest, order_id: int) -> HttpResponseRedirect:
        order = get_object_or_404(Order, pk=order_id, user_id=request.user.pk)
        return redirect(default_storage.url(invoice_name(order)))

    def post(self, request: HttpRequest, order_id: int) -> HttpResponse:
        save_invoice(get_object_or_404(Order, pk=order_id, user_id=request.user.pk))
        return HttpResponse(status=201)


@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    Subscriber.objects.get_or_create(email=json.loads(request.body)["email"])
    return HttpResponse(status=201)


@require_POST
@staff_only
def set_discount(request: HttpRequest) -> HttpResponse:
    Setting.objects.update_or_create(key="discount_percent", defaults={"value": int(json.loads(request.body)["percent"])})
    return HttpResponse(status=204)


@require_POST
@staff_only
def export_orders(request: HttpRequest) -> JsonResponse:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["number", "status", "total"])
    for order in Order.objects.order_by("pk").prefetch_related("lines"):
        writer.writerow([order.number, order.status, order.total_cents / 100])
    export = OrderExport.objects.create(text=buffer.getvalue())
    return JsonResponse({"id": str(export.key)}, status=201)


@require_GET
@staff_only
def download_export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    return HttpResponse(get_object_or_404(OrderExport, key=export_id).text, content_type="text/csv")
