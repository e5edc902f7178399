# SPDX-License-Identifier: Apache-2.0
"""Generates documents and says where in each personal data stands. Knows nothing of our rules.

Numbers follow the issuers' published algorithms, written here anew: Luhn (ISO/IEC 7812-1), mod 97-10 (ISO 7064), and for
identity numbers: AT Sozialversicherungsnummer, AU TFN, BE Rijksregisternummer, BR CPF, CA SIN, CH AHV (EAN-13), CN resident
id (GB 11643, mod 11-2), CZ rodne cislo, DE Steuer-ID (mod 11,10), DK CPR, ES DNI, FI HETU, FR NIR, GB NHS number, IE PPS,
IN Aadhaar (Verhoeff), IT codice fiscale, NL BSN, NO fodselsnummer, PL PESEL, SE personnummer, US SSN.
Phones follow E.164 and each country's usual grouping; addresses of mail RFC 5322; dates ISO 8601 and national orders.
Noise: order numbers, versions, hashes, prices, IP-like versions, measurements, timestamps, with the same number of digits.
"""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass

COUNTRIES = "AT AU BE BR CA CH CN CZ DE DK ES FI FR GB IE IN IT NL NO PL SE US".split()
NAMES = ["Ana Kovac", "Liam Murphy", "Greta Lindqvist", "Jonas Weber", "Chiara Rossi", "Wei Zhang", "Priya Nair", "Olga Nowak"]


@dataclass(frozen=True, slots=True)
class Document:
    """One text, and what stands where in it: type, start, end."""

    country: str
    text: str
    held: tuple[tuple[str, int, int], ...]


def _digits(rng, n):
    return "".join(rng.choice(string.digits) for _ in range(n))


def _luhn(body):
    total = 0
    for i, d in enumerate(reversed(body)):
        v = int(d) * (2 if i % 2 == 0 else 1)
        total += v - 9 if v > 9 else v
    return body + str(-total % 10)


def card(rng):
    prefix, length = rng.choice([("4", 16), ("4", 13), ("4", 19), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("36", 14), ("6011", 16), ("3530", 16), ("5018", 12), ("6304", 18), ("62", 16)])
    number = _luhn(prefix + _digits(rng, length - len(prefix) - 1))
    groups = [number[:4], number[4:10], number[10:]] if length == 15 else [number[i : i + 4] for i in range(0, length, 4)]
    return rng.choice(["", " ", "-"]).join(groups) if length > 13 else number


_BBAN = {"AT": "n16", "BE": "n12", "BR": "n23a1c1", "CH": "n17", "CZ": "n20", "DE": "n18", "DK": "n14", "ES": "n20", "FI": "n14", "FR": "n10c11n2", "GB": "a4n14", "IE": "a4n14", "IT": "a1n10c12", "NL": "a4n10", "NO": "n11", "PL": "n24", "SE": "n20"}


def iban(rng, country):
    body = ""
    spec = _BBAN[country]
    i = 0
    while i < len(spec):
        kind, j = spec[i], i + 1
        while j < len(spec) and spec[j].isdigit():
            j += 1
        alphabet = {"n": string.digits, "a": string.ascii_uppercase, "c": string.ascii_uppercase + string.digits}[kind]
        body += "".join(rng.choice(alphabet) for _ in range(int(spec[i + 1 : j])))
        i = j
    check = 98 - int("".join(str(int(c, 36)) for c in body + country + "00")) % 97
    whole = f"{country}{check:02}{body}"
    return whole if rng.random() < 0.5 else " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def _birth(rng):
    return rng.randint(1940, 1999), rng.randint(1, 12), rng.randint(1, 28)


def identity(rng, c):  # noqa: C901, PLR0911, PLR0912
    y, m, d = _birth(rng)
    yy = y % 100
    if c == "AT":
        while True:
            serial = rng.randint(100, 999)
            birth = f"{d:02}{m:02}{yy:02}"
            check = sum(int(a) * b for a, b in zip(f"{serial}{birth}", (3, 7, 9, 5, 8, 4, 2, 1, 6))) % 11
            if check < 10:
                return f"{serial}{check} {birth}"
    if c == "AU":
        while True:
            n = _digits(rng, 9)
            if n[0] != "0" and sum(int(a) * b for a, b in zip(n, (1, 4, 3, 7, 5, 8, 6, 9, 10))) % 11 == 0:
                return f"{n[:3]} {n[3:6]} {n[6:]}"
    if c == "BE":
        body = f"{yy:02}{m:02}{d:02}{rng.randint(1, 997):03}"
        return f"{body[:2]}.{body[2:4]}.{body[4:6]}-{body[6:]}.{97 - int(body) % 97:02}"
    if c == "BR":
        n = _digits(rng, 9)
        for k in (10, 11):
            n += str(sum(int(a) * b for a, b in zip(n, range(k, 1, -1))) * 10 % 11 % 10)
        return f"{n[:3]}.{n[3:6]}.{n[6:9]}-{n[9:]}"
    if c == "CA":
        n = _luhn(rng.choice("1234567") + _digits(rng, 7))
        return f"{n[:3]} {n[3:6]} {n[6:]}" if rng.random() < 0.5 else f"{n[:3]}-{n[3:6]}-{n[6:]}"
    if c == "CH":
        n = "756" + _digits(rng, 9)
        n += str(-sum(int(a) * (1 if i % 2 == 0 else 3) for i, a in enumerate(n)) % 10)
        return f"{n[:3]}.{n[3:7]}.{n[7:11]}.{n[11:]}"
    if c == "CN":
        n = rng.choice(["110105", "310101", "440305"]) + f"{y}{m:02}{d:02}{rng.randint(1, 999):03}"
        return n + "10X98765432"[sum(int(a) * b for a, b in zip(n, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11]
    if c == "CZ":
        while True:
            y2 = rng.randint(1954, 1999)
            body = f"{y2 % 100:02}{m + rng.choice([0, 50]):02}{d:02}{rng.randint(0, 999):03}"
            if int(body) % 11 < 10:
                return f"{body[:6]}/{body[6:]}{int(body) % 11}"
    if c == "DE":
        while True:
            first = [rng.choice("123456789")]
            rest = rng.sample(string.digits, 10)
            n = (first + [x for x in rest if x != first[0]])[:9]
            n.insert(rng.randint(1, 9), rng.choice(n))
            text = "".join(n)
            if len(set(text)) == 9 and not any(text[i] == text[i + 1] == text[i + 2] for i in range(8)):
                p = 10
                for a in text:
                    p = ((int(a) + p) % 10 or 10) * 2 % 11
                text += str((11 - p) % 10)
                return f"{text[:2]} {text[2:5]} {text[5:8]} {text[8:]}" if rng.random() < 0.5 else text
    if c == "DK":
        return f"{d:02}{m:02}{yy:02}-{_digits(rng, 4)}"
    if c == "ES":
        n = rng.randint(10**7, 10**8 - 1)
        return f"{n}{rng.choice(['', '-'])}{'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]}"
    if c == "FI":
        n = f"{d:02}{m:02}{yy:02}", f"{rng.randint(2, 899):03}"
        return f"{n[0]}-{n[1]}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(n[0] + n[1]) % 31]}"
    if c == "FR":
        n = f"{rng.choice('12')}{yy:02}{m:02}{rng.randint(1, 95):02}{rng.randint(1, 990):03}{rng.randint(1, 999):03}"
        key = f"{97 - int(n) % 97:02}"
        return f"{n[0]} {n[1:3]} {n[3:5]} {n[5:7]} {n[7:10]} {n[10:]} {key}" if rng.random() < 0.5 else n + key
    if c == "GB":
        while True:
            n = rng.choice("4567") + _digits(rng, 8)
            check = 11 - sum(int(a) * b for a, b in zip(n, range(10, 1, -1))) % 11
            if check != 10:
                n += str(check % 11)
                return f"{n[:3]} {n[3:6]} {n[6:]}"
    if c == "IE":
        n = _digits(rng, 7)
        return n + "WABCDEFGHIJKLMNOPQRSTUV"[sum(int(a) * b for a, b in zip(n, range(8, 1, -1))) % 23]
    if c == "IN":
        D = [[(j + i) % 5 if i < 5 and j < 5 else None for j in range(10)] for i in range(10)]
        D = _dihedral()
        n = rng.choice("23456789") + _digits(rng, 10)
        check, inverse = 0, [0, 4, 3, 2, 1, 5, 6, 7, 8, 9]
        for i, a in enumerate(reversed(n)):
            check = D[check][_PERMUTED[(i + 1) % 8][int(a)]]
        n += str(inverse[check])
        return f"{n[:4]} {n[4:8]} {n[8:]}"
    if c == "IT":
        consonants = "BCDFGHJKLMNPQRSTVWXYZ"
        n = "".join(rng.choice(consonants) for _ in range(6)) + f"{yy:02}{'ABCDEHLMPRST'[m - 1]}{d + rng.choice([0, 40]):02}{rng.choice('ABCDEFGHIL')}{rng.randint(100, 999)}"
        odd = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21))) | dict(zip(string.ascii_uppercase, (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)))
        total = sum(odd[a] if i % 2 == 0 else (int(a) if a.isdigit() else ord(a) - 65) for i, a in enumerate(n))
        return n + chr(65 + total % 26)
    if c == "NL":
        while True:
            n = _digits(rng, 8)
            check = sum(int(a) * b for a, b in zip(n, range(9, 1, -1))) % 11
            if check < 10 and n[0] != "0":
                return n + str(check)
    if c == "NO":
        while True:
            n = f"{d:02}{m:02}{yy:02}{rng.randint(0, 499):03}"
            k1 = -sum(int(a) * b for a, b in zip(n, (3, 7, 6, 1, 8, 9, 4, 5, 2))) % 11
            k2 = -sum(int(a) * b for a, b in zip(f"{n}{k1}", (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))) % 11
            if k1 < 10 and k2 < 10:
                return f"{n[:6]} {n[6:]}{k1}{k2}" if rng.random() < 0.5 else f"{n}{k1}{k2}"
    if c == "PL":
        n = f"{yy:02}{m:02}{d:02}{_digits(rng, 4)}"
        return n + str(-sum(int(a) * b for a, b in zip(n, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3))) % 10)
    if c == "SE":
        n = _luhn(f"{yy:02}{m:02}{d:02}{rng.randint(1, 999):03}")
        return f"{n[:6]}-{n[6:]}" if rng.random() < 0.5 else f"19{n[:6]}-{n[6:]}"
    area = rng.choice([a for a in range(1, 900) if a != 666])
    return f"{area:03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"


_PERMUTED = [list(range(10))]
_ONE = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
for _ in range(7):
    _PERMUTED.append([_PERMUTED[-1][x] for x in _ONE])


def _dihedral():
    """Multiplication of the dihedral group of order 10."""
    table = []
    for i in range(10):
        row = []
        for j in range(10):
            if i < 5:
                row.append((i + j) % 5 if j < 5 else 5 + (i + j - 5) % 5)
            else:
                row.append(5 + (i - 5 - j) % 5 if j < 5 else (i - j) % 5)
        table.append(row)
    return table


_PHONES = {"AT": "+43 1 {3} {4}", "AU": "+61 2 {4} {4}", "BE": "+32 2 {3} {2} {2}", "BR": "+55 11 9{4}-{4}", "CA": "+1 416-555-{4}", "CH": "+41 44 {3} {2} {2}", "CN": "+86 138 {4} {4}", "CZ": "+420 {3} {3} {3}", "DE": "+49 30 {4}{4}", "DK": "+45 {2} {2} {2} {2}", "ES": "+34 6{2} {3} {3}", "FI": "+358 40 {3} {4}", "FR": "+33 1 {2} {2} {2} {2}", "GB": "+44 20 7{3} {4}", "IE": "+353 1 {3} {4}", "IN": "+91 98{3} {5}", "IT": "+39 06 {4} {4}", "NL": "+31 20 {3} {4}", "NO": "+47 {2} {2} {2} {2}", "PL": "+48 22 {3} {2} {2}", "SE": "+46 8 {3} {3} {2}", "US": "(212) 555-{4}"}
_NATIONAL = {"DE": "Tel. 030 {4}{4}", "FR": "Tél. 01 {2} {2} {2} {2}", "GB": "Phone: 020 7{3} {4}", "US": "phone 212-555-{4}", "IT": "Telefono 06 {4} {4}", "NL": "tel: 020-{3}{4}"}


def phone(rng, country):
    """The pattern filled, and where the number begins in it."""
    pattern = _NATIONAL[country] if country in _NATIONAL and rng.random() < 0.3 else _PHONES[country]
    text = ""
    for part in pattern.split("{"):
        n, close, rest = part.partition("}")
        text += _digits(rng, int(n)) + rest if close else part
    start = next(i for i, sign in enumerate(text) if sign in "+(" or sign.isdigit())
    return text, start


_BORN = {"US": ("Date of birth: ", "{m:02}/{d:02}/{y}"), "GB": ("DOB: ", "{d:02}/{m:02}/{y}"), "DE": ("geboren am ", "{d:02}.{m:02}.{y}"), "AT": ("Geburtsdatum: ", "{d:02}.{m:02}.{y}"), "CH": ("Geburtsdatum: ", "{d}.{m}.{y}"), "FR": ("née le ", "{d:02}/{m:02}/{y}"), "BE": ("Date de naissance : ", "{d:02}-{m:02}-{y}"), "ES": ("Fecha de nacimiento: ", "{d:02}/{m:02}/{y}"), "IT": ("Data di nascita: ", "{d:02}/{m:02}/{y}"), "NL": ("Geboortedatum: ", "{d:02}-{m:02}-{y}"), "PL": ("Data urodzenia: ", "{d:02}.{m:02}.{y}"), "BR": ("Data de nascimento: ", "{d:02}/{m:02}/{y}"), "SE": ("Födelsedatum: ", "{y}-{m:02}-{d:02}"), "NO": ("Fødselsdato: ", "{d:02}.{m:02}.{y}"), "DK": ("Fødselsdato: ", "{d:02}-{m:02}-{y}"), "FI": ("Syntymäaika: ", "{d}.{m}.{y}"), "CZ": ("Datum narození: ", "{d}. {m}. {y}"), "CN": ("出生日期：", "{y}年{m}月{d}日")}


def _mail(rng):
    user = rng.choice(["ana.kovac", "l.murphy", "greta", "j_weber+news", "chiara.r", "wei-zhang"]) + str(rng.randint(1, 999))
    return f"{user}@{rng.choice(['mail', 'post', 'firma', 'uni-x', 'web.corp'])}{rng.randint(1, 99)}.{rng.choice(['de', 'com', 'co.uk', 'fr', 'org', 'io', 'com.br'])}"


def _coordinates(rng):
    lat, lon = rng.uniform(-80, 80), rng.uniform(-179, 179)
    return rng.choice([f"lat {lat:.5f}, lon {lon:.5f}", f"latitude={lat:.6f}, longitude={lon:.6f}", f"geo:{lat:.5f},{lon:.5f}", f"GPS: {lat:.5f}, {lon:.5f}"])


_IDENTITY_WORDS = {"AT": "SV-Nummer", "AU": "TFN", "BE": "Rijksregisternummer", "BR": "CPF", "CA": "SIN", "CH": "AHV-Nr.", "CN": "身份证号", "CZ": "Rodné číslo", "DE": "Steuer-ID", "DK": "CPR-nr.", "ES": "DNI", "FI": "Henkilötunnus", "FR": "N° de sécurité sociale", "GB": "NHS number", "IE": "PPS number", "IN": "Aadhaar", "IT": "Codice fiscale", "NL": "BSN", "NO": "Fødselsnummer", "PL": "PESEL", "SE": "Personnummer", "US": "SSN"}


def _noise(rng):
    h = "".join(rng.choice("0123456789abcdef") for _ in range(40))
    return rng.choice([
        f"Order no. {_digits(rng, 10)} shipped on {rng.randint(2015, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}.",
        f"commit {h}", f"version {rng.randint(1, 30)}.{rng.randint(0, 40)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}",
        f"Total: {rng.randint(1, 9)},{_digits(rng, 3)},{_digits(rng, 3)}.{_digits(rng, 2)} EUR", f"ts={rng.randint(1500000000, 1790000000)}{_digits(rng, 3)}",
        f"loss {rng.random():.6f} val {rng.random():.6f} step {_digits(rng, 6)}", f"id={_digits(rng, 16)}", f"shape ({_digits(rng, 3)}, {_digits(rng, 4)}, {_digits(rng, 3)})",
        f"{rng.random() * 90:.5f}, {rng.random() * 90:.5f}", f"ISBN 978-{rng.randint(0, 9)}-{_digits(rng, 4)}-{_digits(rng, 4)}-{rng.randint(0, 9)}", f"EAN {_digits(rng, 13)}",
        f"uuid {h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:32]}", f"tracking 1Z{_digits(rng, 16)}", f"user@localhost:{_digits(rng, 4)}", "@decorator.method and x@y",
        f"range {_digits(rng, 3)}-{_digits(rng, 3)}-{_digits(rng, 3)}", f"part {_digits(rng, 3)}.{_digits(rng, 3)}.{_digits(rng, 3)}", f"invoice INV-{_digits(rng, 9)}", f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.randint(2015, 2026)} report"
    ])


def documents(seed: int, each: int = 20) -> Iterator[Document]:
    """Documents of every country; the same for the same seed."""
    for country in COUNTRIES:
        rng = random.Random(f"{seed} {country}")
        for _ in range(each):
            lines, held, at = [], [], 0

            def put(before, type_, value, after=""):
                nonlocal at
                line = f"{before}{value}{after}"
                if type_:
                    held.append((type_, at + len(before), at + len(before) + len(value)))
                lines.append(line)
                at += len(line) + 1

            put("", "", rng.choice(["Customer record", "Ticket 42", "Notes of the call", "{\"rows\": ["]))
            for kind in rng.sample(["id", "mail", "phone", "card", "iban", "born", "place", "noise", "noise", "noise"], 10):
                if kind == "noise":
                    put("", "", _noise(rng))
                elif kind == "id":
                    put(f"{_IDENTITY_WORDS[country]}{rng.choice([': ', ' ', ' = '])}", "identity", identity(rng, country))
                elif kind == "mail":
                    put(rng.choice(["", "mail ", "E-Mail: ", "<"]), "mail", _mail(rng), rng.choice(["", ".", ">", ","]))
                elif kind == "phone":
                    text, start = phone(rng, country)
                    put(rng.choice(["", "Call "]) + text[:start], "phone", text[start:])
                elif kind == "card":
                    put(rng.choice(["card ", "Visa/MC: ", "PAN=", "Kartennummer "]), "card", card(rng))
                elif kind == "iban" and country in _BBAN:
                    put(rng.choice(["IBAN ", "IBAN: ", "Konto ", ""]), "iban", iban(rng, country))
                elif kind == "born" and country in _BORN:
                    before, shape = _BORN[country]
                    y, m, d = _birth(rng)
                    put(before, "birth", shape.format(y=y, m=m, d=d))
                elif kind == "place":
                    put("", "place", _coordinates(rng))
            yield Document(country, "\n".join(lines) + "\n", tuple(held))
