from django.urls import path

from . import views

urlpatterns = [
    path("", views.index),
    path("products/", views.products),
    path("products/search", views.search),
    path("products/<int:product_id>", views.product),
    path("products/<int:product_id>/image", views.ImageView.as_view()),
    path("products/<int:product_id>/reviews", views.ReviewsView.as_view()),
    path("cart", views.CartView.as_view()),
    path("orders", views.place_order),
    path("orders/<int:order_id>/status", views.change_status),
    path("orders/<int:order_id>/invoice", views.InvoiceView.as_view()),
    path("newsletter", views.subscribe),
    path("staff/discount", views.set_discount),
    path("staff/exports", views.export_orders),
    path("staff/exports/<uuid:export_id>", views.download_export),
]
