from bankcore.testing import SequentialIdentifiers


def test_ids_are_of_version_7_and_sort_in_the_order_they_were_made() -> None:
    source = SequentialIdentifiers()
    ids = [source.new_id() for _ in range(300)]

    assert {(made.version, made.variant) for made in ids} == {(7, "specified in RFC 4122")}
    assert ids == sorted(set(ids))


def test_two_sources_give_the_same_names() -> None:
    one, other = SequentialIdentifiers(), SequentialIdentifiers()

    assert [one.new_id() for _ in range(3)] == [other.new_id() for _ in range(3)]
    assert [one.new_account_number() for _ in range(3)] == [other.new_account_number() for _ in range(3)]


def test_account_numbers_have_16_digits_of_which_the_last_two_check_the_others() -> None:
    source = SequentialIdentifiers()
    numbers = [source.new_account_number() for _ in range(300)]

    assert len(set(numbers)) == 300
    assert all(len(number) == 16 and number.isdecimal() for number in numbers)
    assert all(int(number) % 97 == 1 for number in numbers)
    one_digit_off = f"{(int(numbers[0][0]) + 1) % 10}{numbers[0][1:]}"
    assert int(one_digit_off) % 97 != 1
