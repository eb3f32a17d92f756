"""The passwords that are tried first: popular words with the digits people put behind them, and walks on the keyboard.

They are written in compact form, since lists of leaked passwords consist mostly of these; some 14,000 have eight
characters or more (ASVS 5.0, 6.2.4 asks for 3,000).
"""

from typing import Final

_WORDS: Final = """
    password passwort passw0rd p@ssword p@ssw0rd pass word passport welcome letmein iloveyou loveyou lovely login admin
    administrator root guest user master access secret secure security default changeme change test tester testing demo
    example temp temporary hello hellokitty monkey dragon shadow sunshine princess prince football baseball basketball
    softball soccer hockey superman batman spiderman starwars pokemon pikachu naruto minecraft roblox fortnite ninja
    samurai warrior killer hunter ranger soldier mustang ferrari porsche mercedes corvette yamaha kawasaki harley toyota
    michael michelle jennifer jessica jordan joshua daniel andrew anthony matthew robert thomas charlie william richard
    george alexander alexandra nicholas nicole ashley amanda samantha stephanie elizabeth victoria patrick brandon
    jonathan christian christopher benjamin samuel david jasmine melissa natalie vanessa sophie barbara martin justin
    orange banana cookie chocolate cheese pepper ginger coffee butter summer winter spring autumn september october
    november december january february monday tuesday wednesday thursday friday saturday sunday weekend birthday
    flower rainbow butterfly diamond crystal silver golden purple yellow freedom liberty america england london
    liverpool chelsea arsenal manchester barcelona realmadrid juventus cowboys yankees lakers packers steelers eagles
    computer internet google facebook twitter samsung windows microsoft apple iphone android nokia nintendo playstation
    matrix trustno1 whatever blink182 qwerty qwertz azerty asdf asdfgh zxcvbn qazwsx qweasd qwer abcd abc a1b2c3
    maggie buster tigger jordan23 bailey lucky happy peanut snoopy garfield mickey donald bubbles angel angels babygirl
    babyboy sweety sweetheart darling forever together friends family mother father brother sister jesus christ heaven
    blessed faith church money dollar million bank banking bankcore account wallet payment finance transfer nepal
    kathmandu himalaya everest pokhara krishna ganesh shiva buddha namaste mountain river ocean island forest phoenix
    thunder lightning storm hurricane falcon tiger panther lion wolf bear eagle rocket galaxy cosmos planet startrek
    metallica nirvana slipknot eminem beatles guitar music dancer player gamer legend winner champion number1 nothing
    something anything blahblah letmein1 iloveu iloveyou2 myspace computer1 network
    server database oracle cisco linux ubuntu debian developer engineer office company business manager student teacher
    school college university freestyle snowboard skateboard swimming running fishing hunting camping racing cowboy
"""
_ENDINGS: Final = (
    *("", "0", "00", "000", "01", "007", "1", "11", "111", "1111", "12", "121", "123", "1234", "12345", "123456", "1q"),
    *(
        "1234567",
        "12345678",
        "123456789",
        "13",
        "2",
        "21",
        "22",
        "23",
        "3",
        "321",
        "4",
        "5",
        "6",
        "69",
        "7",
        "77",
        "777",
    ),
    *("8", "88", "9", "99", "999", "2000", "2010", "2020", "2023", "2024", "2025", "2026", "2027", "!", "@123", "abc"),
)
_WALKS: Final = (
    *("12345678901234567890", "98765432109876543210", "01234567890123456789", "abcdefghijklmnopqrstuvwxyz"),
    *("qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "asdfghjkl;'"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qazwsxedcrfvtgbyhnujmikolp"),
    *(
        "zaq12wsxcde34rfvbgt5",
        "a1b2c3d4e5f6g7h8i9j0",
        "zxcvbnm,./",
        "mnbvcxzlkjhgfdsapoiuytrewq",
        "1a2b3c4d5e6f7g8h9i0j",
    ),
    *("123qweasdzxc", "qwe123asd456zxc789", "abc123def456ghi789", "147258369", "741852963", "963852741", "159357456"),
    *("789456123", "123654789", "112233445566778899", "11223344556677889900", "123123123123", "12341234123412341234"),
    *("1122334455667788", "!@#$%^&*()_+", "1!2@3#4$5%6^7&8*9(0)", "asd123456789", "abcd1234567890", "aa123456789"),
)
_LENGTH_MIN: Final = 8
_PERIOD_MAX: Final = 2


def is_common(password: str) -> bool:
    """Whether the password is among those tried first, in any case of its letters."""
    folded = password.lower()
    return folded in _COMMON or _is_repetition(folded) or any(folded in walk for walk in _WALKS)


def _is_repetition(folded: str) -> bool:
    """Whether it is one or two characters over and over."""
    return any(folded == (folded[:period] * len(folded))[: len(folded)] for period in range(1, _PERIOD_MAX + 1))


_COMMON: Final = frozenset(
    candidate for word in _WORDS.split() for ending in _ENDINGS if len(candidate := word + ending) >= _LENGTH_MIN
)
