# SPDX-License-Identifier: Apache-2.0
"""What the name of a column says about the people behind a table, and which words are people's first names."""

import enum
import re
from dataclasses import dataclass


class Nature(enum.Enum):
    """What kind of personal data."""

    DIRECT = "identifies a person"
    SENSITIVE = "is a sensitive or protected attribute"
    INDIRECT = "helps to single a person out"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column's name says that it holds."""

    type: str
    nature: Nature


def _m(nature: Nature, kind: str, *phrases: str) -> tuple[tuple[tuple[str, ...], Meaning], ...]:
    return tuple((tuple(phrase.split()), Meaning(kind, nature)) for phrase in phrases)


_DIRECT, _SENSITIVE, _INDIRECT = Nature.DIRECT, Nature.SENSITIVE, Nature.INDIRECT
_PHRASES = (
    *_m(_DIRECT, "e-mail addresses", "email", "e mail", "mail address", "emailaddress"),
    *_m(
        _DIRECT,
        "telephone numbers",
        "phone",
        "telephone",
        "mobile",
        "cellphone",
        "phonenumber",
        "fax",
        "tel",
        "telefon",
    ),
    *_m(_DIRECT, "names of people", "first name", "firstname", "last name", "lastname", "surname", "full name"),
    *_m(_DIRECT, "names of people", "fullname", "given name", "family name", "middle name", "forename", "maiden name"),
    *_m(_DIRECT, "names of people", "customer name", "patient name", "employee name", "applicant name", "person name"),
    *_m(_DIRECT, "names of people", "nachname", "vorname", "prenom", "apellido", "nombre", "cognome", "lname"),
    *_m(
        _DIRECT, "postal addresses", "address", "street", "street address", "home address", "addr", "adresse", "strasse"
    ),
    *_m(_DIRECT, "bank accounts", "iban", "bank account", "account iban"),
    *_m(_DIRECT, "payment cards", "credit card number", "card number", "cardnumber", "ccn", "cc number", "pan"),
    *_m(_DIRECT, "identity numbers", "ssn", "social security", "national id", "passport", "nino", "tax id", "aadhaar"),
    *_m(_DIRECT, "identity numbers", "drivers license", "driver license", "cpf", "bsn", "pesel", "nhs number", "dni"),
    *_m(_DIRECT, "dates of birth", "dob", "birth date", "birthdate", "date of birth", "birthday", "geburtsdatum"),
    *_m(_DIRECT, "network addresses", "ip", "ip address", "ipaddress", "ip addr", "mac address", "client ip"),
    *_m(_INDIRECT, "ages", "age", "alter"),
    *_m(_INDIRECT, "years of birth", "birth year", "year of birth", "yob", "year birth"),
    *_m(_INDIRECT, "places", "latitude", "longitude", "geolocation"),
    *_m(_INDIRECT, "postal codes", "zip", "zipcode", "zip code", "postcode", "postal code", "plz"),
    *_m(_INDIRECT, "persons' keys in another system", "user id", "userid", "customer id", "patient id", "employee id"),
    *_m(
        _INDIRECT,
        "persons' keys in another system",
        "client id",
        "applicant id",
        "subject id",
        "member id",
        "person id",
    ),
    *_m(_SENSITIVE, "sex or gender", "sex", "gender", "geschlecht", "sexe", "sexo"),
    *_m(_SENSITIVE, "marital status", "marital", "marital status", "personal status", "civil status", "married"),
    *_m(_SENSITIVE, "ethnic origin", "race", "ethnicity", "ethnic", "ethnic group", "skin color"),
    *_m(
        _SENSITIVE,
        "nationality or origin",
        "nationality",
        "citizenship",
        "foreign worker",
        "native country",
        "country of birth",
    ),
    *_m(_SENSITIVE, "nationality or origin", "immigrant", "place of birth", "birthplace", "native language"),
    *_m(_SENSITIVE, "religion", "religion", "religious"),
    *_m(_SENSITIVE, "sexual orientation", "sexual orientation"),
    *_m(_SENSITIVE, "political opinion", "political", "political party", "trade union", "union member"),
    *_m(
        _SENSITIVE, "health", "disability", "disabled", "diagnosis", "pregnant", "pregnancies", "hiv", "medical history"
    ),
    *_m(_SENSITIVE, "criminal record", "criminal record", "conviction", "convictions", "priors count", "arrests"),
)
_LONGEST_FIRST = sorted(_PHRASES, key=lambda row: -len(row[0]))
_FIRST = frozenset(phrase[0] for phrase, _ in _PHRASES)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_NOT_OF_PEOPLE = frozenset(
    {"account", "vehicle", "car", "house", "building", "file", "product", "item", "device", "model", "server", "tree"}
    | {"host", "domain", "company", "store", "machine", "cache", "memory", "page", "url", "lap", "time", "average"}
    | {"contract", "property", "wine", "song", "pct", "percent", "median", "mean", "avg", "rate", "ratio", "population"}
)
"""Words beside which ``age``, ``race`` or ``address`` speak of a thing, or of many people at once."""
_MOST_WORDS = 6
"""Words of a name; a longer one is a sentence, such as the category of a one-hot column."""
_NOT_THE_THING = frozenset(
    {"freq", "frequency", "count", "len", "length", "has", "is", "hash", "valid", "missing", "num"}
)
"""Words beside which the name of an identifier speaks of whether or how many, not of which."""


def meaning(name: str) -> Meaning | None:
    """What a column's name says, or None; ``ageInYears``, ``age_in_years`` and ``Age (years)`` are the same name."""
    words = tuple(word.lower() for word in _WORDS.findall(name))
    if _FIRST.isdisjoint(words):
        return None
    for phrase, said in _LONGEST_FIRST if len(words) <= _MOST_WORDS else ():
        width = len(phrase)
        if any(words[start : start + width] == phrase for start in range(len(words) - width + 1)):
            others = set(words).difference(phrase)
            apart = _NOT_OF_PEOPLE | _NOT_THE_THING if said.nature is Nature.DIRECT else _NOT_OF_PEOPLE
            return None if others & apart else said
    return None


_GIVEN = """
aaron abdul abigail adam adrian agnes ahmed aisha alan albert alejandro alex alexander alexandra ali alice alicia
alison amanda amelia amina amir amy ana andrea andreas andrew angela ann anna anne antonio arthur ashley aya barbara
beatrice ben benjamin bernd bernard betty bianca bob brandon brian bruno camila carl carla carlos carmen carol
caroline catherine cecilia charles charlie chen chloe chris christian christina christine christopher claire clara
claudia daniel daniela david deborah denise dennis diana diego dmitri dominik dorothy edward elena elizabeth ella
emily emma eric erik esther eva evelyn fatima felix fernando florian frances francesca francisco frank franz gabriel
george georg gerald gerhard giovanni giulia gloria grace greta hannah hans harold harry hassan heather heidi heinz
helen helena henry hiroshi hugo ian ibrahim ines ingrid irene isabel isabella ivan jack jacob jacqueline james jan
jane janet jason javier jean jennifer jessica joan joao johan johann john jonas jonathan jorge jose joseph joshua juan
judith julia julian julie jun jurgen karen karin karl kate katherine kathleen kenji kevin kim klaus kyle lars laura
lauren lea lena leo leon leonard li lin linda lisa louis louise luca lucas lucia lucy luis luisa lukas magdalena
manuel marc marco margaret maria marie mark markus marta martha martin martina mary matteo matthew maya megan mehmet
mei melissa mia michael michelle miguel mohamed mohammed monica muhammad nadia nancy natalia natalie nathan nicholas
nicolas nicole nina noah oliver olivia olga omar oscar pablo pamela patricia patrick paul paula pedro peter petra
philip pierre priya rachel rafael rahul raj ralph ramon raymond rebecca renate ricardo richard robert roberto roger
rosa rose roxanne russell ruth ryan samantha samuel sandra sara sarah sean sebastian sergio sharon shirley simon sofia
sonia sophia sophie stefan stephanie stephen steven susan svetlana tanja tatiana teresa theresa thomas tim timothy tom
tomas ursula uwe valentina vanessa vera veronica victor victoria vincent vladimir walter wei wilhelm william wolfgang
yan yuki yusuf zoe
"""
GIVEN_NAMES = frozenset(_GIVEN.split())
"""Frequent first names of several languages, in small letters; enough to tell a column of people, not each person."""
