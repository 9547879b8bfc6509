from django.urls import path

from . import views

urlpatterns = [
    path("", views.whoami),
    path("register", views.register),
    path("login", views.LoginView.as_view()),
    path("logout", views.log_out),
]
