import pytest

from bankcore.errors import InvalidRequestError
from bankcore.identity.emails import normalize_email
from bankcore_infra.identity.domain_names import IdnaDomainNames


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("sita@example.com", "sita@example.com"),
        ("Sita.Sharma+bank@Example.COM", "sita.sharma+bank@example.com"),
        ("o'neil_{x}@sub.example.co.uk", "o'neil_{x}@sub.example.co.uk"),
        ("sita@bücher.example", "sita@xn--bcher-kva.example"),
        ("sita@BÜCHER.example", "sita@xn--bcher-kva.example"),
        ("sita@xn--bcher-kva.example", "sita@xn--bcher-kva.example"),
        ("sita@नेपाल.भारत", "sita@xn--l2bey1c2b.xn--h2brj9c"),
        (f"{'x' * 64}@example.com", f"{'x' * 64}@example.com"),
    ],
)
def test_an_address_has_one_canonical_form(typed: str, canonical: str) -> None:
    assert normalize_email(typed, IdnaDomainNames()) == canonical


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "sita",
        "sita@",
        "@example.com",
        "sita@localhost",
        "sita@example",
        "sita@127.0.0.1",
        "sita@[127.0.0.1]",
        "sita@example.com.",
        "sita@.example.com",
        "sita@exa mple.com",
        "sita@-example.com",
        "sita@example-.com",
        "sita@exam_ple.com",
        "sita@xn--a.example",
        ".sita@example.com",
        "sita.@example.com",
        "si..ta@example.com",
        '"sita"@example.com',
        "si ta@example.com",
        "sita@gita@example.com",
        "sita\n@example.com",
        "sita@example.com\n",
        "sita\x00@example.com",
        "sita@example.com\x00",
        "\u017fita@example.com",
        "s\u0131ta@example.com",
        "S\u0130TA@example.com",
        "\u212aamala@example.com",
        "sita@\ud800.example",
        "sita@exam\u202eple.com",
        f"{'x' * 65}@example.com",
        f"sita@{'x' * 64}.com",
        f"sita@{'x.' * 120}example.com",
        f"sita@{'ü' * 100_000}.example",
    ],
)
def test_what_is_no_address_or_could_pass_for_another_is_refused(typed: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        normalize_email(typed, IdnaDomainNames())

    assert caught.value.pointer == "/email"
