"""Test code is known by what it defines, wherever it lies."""

from __future__ import annotations

import pytest

from statelint.survey.module import survey
from statelint.survey.test_code import is_test_code

OF_TESTS = (
    "from flask_testing import TestCase\nclass Base(TestCase):\n    pass\n",
    "import unittest\nclass Base(unittest.TestCase):\n    pass\n",
    "from django.test import TransactionTestCase\nclass Base(TransactionTestCase):\n    pass\n",
    "import pytest\n@pytest.fixture\ndef client():\n    return 1\n",
    "import pytest\ndef test_it():\n    assert True\n",
)
OF_THE_APPLICATION = (
    "class TestCase:\n    pass\nclass Contest(TestCase):\n    pass\n",
    "from shop.models import TestCase\nclass Case(TestCase):\n    pass\n",
    "import unittest\ndef run():\n    return unittest.TestLoader()\n",
    "import pytest\ndef run_all(path):\n    return pytest.main([path])\n",
    "def test_connection(url):\n    return url\n",
    "class Broken(\n",
)


@pytest.mark.parametrize("source", OF_TESTS)
def test_of_tests(source: str) -> None:
    assert is_test_code(survey(source.encode()))


@pytest.mark.parametrize("source", OF_THE_APPLICATION)
def test_of_the_application(source: str) -> None:
    assert not is_test_code(survey(source.encode()))
