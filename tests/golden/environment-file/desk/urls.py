from django.urls import path

from shop.views import basket, healthz

urlpatterns = [path("healthz", healthz), path("basket", basket)]
