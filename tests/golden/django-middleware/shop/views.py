from django.http import HttpResponse, JsonResponse
from django.views import View


class QuoteView(View):
    """Django makes one for each request: `self.lines` is gone with it."""

    drafts = {}

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.lines = []

    def get(self, request, pk):
        self.lines.append(pk)
        return JsonResponse({"lines": self.lines, "draft": self.drafts.get(pk)})

    def post(self, request, pk):
        self.drafts[pk] = request.POST["text"]
        return HttpResponse(status=204)


def healthz(request):
    return HttpResponse("ok")
