"""A policy that makes no sense is refused when it is made, in Python as in JSON."""

import json
from collections.abc import Callable

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.fraud.policy import DormantLimits, FraudPolicy, VelocityLimits
from bankcore.money import MINOR_MAX
from bankcore_infra.fraud.policies import policy_from_json, policy_to_json


@pytest.mark.parametrize(
    ("make", "pointer"),
    [
        (lambda: VelocityLimits(points=-1), "/points"),
        (lambda: VelocityLimits(count_min=True), "/count_min"),
        (lambda: DormantLimits(quiet_s=3_651 * 86_400), "/quiet_s"),
        (lambda: FraudPolicy(case_points=0), "/case_points"),
        (lambda: FraudPolicy(case_points=True), "/case_points"),
        (lambda: FraudPolicy(freeze_points=0), "/freeze_points"),
        (lambda: FraudPolicy(threshold_minor={"NPR": -1}), "/threshold_minor/NPR"),
        (lambda: FraudPolicy(threshold_minor={"NPR": MINOR_MAX + 1}), "/threshold_minor/NPR"),
        (lambda: FraudPolicy(significant_minor={"XYZ": 1}), "/significant_minor/XYZ"),
    ],
    ids=[
        "negative",
        "no number",
        "longer than ten years",
        "no points",
        "points that are no number",
        "no points to freeze",
        "negative amount",
        "amount that is none",
        "no currency",
    ],
)
def test_what_cannot_be_a_limit_is_refused_by_name(make: Callable[[], object], pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        make()

    assert refusal.value.pointer == pointer


def test_a_policy_keeps_a_copy_of_its_amounts() -> None:
    amounts = {"NPR": 5}
    policy = FraudPolicy(significant_minor=amounts)

    amounts["NPR"] = 6

    assert [policy.is_significant(amount, "NPR") for amount in (4, 5)] == [False, True]
    assert policy.is_significant(0, "USD")


def test_nothing_freezes_unless_the_policy_says_so() -> None:
    assert not FraudPolicy().freezes(10_000)
    assert [FraudPolicy(freeze_points=80).freezes(points) for points in (79, 80)] == [False, True]


def test_a_policy_goes_through_json_and_back() -> None:
    policy = FraudPolicy(velocity=VelocityLimits(points=7), freeze_points=90, threshold_minor={"NPR": 5})

    assert policy_from_json(policy_to_json(policy)) == policy
    assert policy_from_json("{}") == FraudPolicy()


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"speed": {}}, "/speed"),
        ({"velocity": {"pints": 1}}, "/velocity/pints"),
        ({"velocity": {"points": 1.0}}, "/velocity/points"),
        ({"velocity": {"points": "1"}}, "/velocity/points"),
        ({"case_points": None}, "/case_points"),
        ([], ""),
    ],
    ids=["unknown rule", "unknown limit", "float", "text", "null", "list"],
)
def test_a_document_that_is_no_policy_is_refused_by_its_pointer(document: object, pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        policy_from_json(json.dumps(document))

    assert refusal.value.pointer == pointer
