from django.urls import path

from tickets import views

urlpatterns = [path("healthz", views.health), path("tickets/<int:number>", views.ticket)]
