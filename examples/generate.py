#!/usr/bin/env python3
"""Write the files in term/: a spring term of a university that does not exist.

Every name, address, id and password is made up. The same seed writes the same
files; run it again only to change them.
"""

import json
import os
import random

SEED = 2027
DOMAIN = "larkfield.example"
STUDENTS = 360

LIVE = "TS4b894875d26194988853e490dfb9bc41"
REVIEWED = "TS9531c6b112f145018dae3cd2a9f60c4c"
AUTOMATED = "TS63dda27a6ba54c218449b934b7bb1ba8"

# course code, title
COURSES = [
    ("BIO101", "Cell Biology"),
    ("CHE115", "General Chemistry"),
    ("HIS210", "Europe since 1815"),
    ("LAW205", "Contract Law"),
    ("MAT120", "Calculus I"),
]

# course code, kind, title, first and last day, minutes, proctoring, only who is
# assigned sits it, factor of the accommodation's time
EXAMS = [
    ("BIO101", "MID", "Cell Biology, midterm", "03-08", "03-10", 60, AUTOMATED, False, None),
    ("BIO101", "FINAL", "Cell Biology, final", "05-17", "05-21", 120, REVIEWED, True, 1.5),
    ("CHE115", "FINAL", "General Chemistry, final", "05-18", "05-20", 120, LIVE, True, 1.5),
    ("HIS210", "ESSAY", "Europe since 1815, essay", "05-10", "05-14", 180, AUTOMATED, False, None),
    ("LAW205", "FINAL", "Contract Law, final", "05-19", "05-19", 150, LIVE, True, 2),
    ("MAT120", "QUIZ", "Calculus I, practice quiz", "02-15", "02-26", 30, AUTOMATED, False, None),
    ("MAT120", "FINAL", "Calculus I, final", "05-20", "05-22", 90, LIVE, True, 1.5),
]

FIRST_NAMES = """Aaliyah Abebe Ada Aleksander Amélie Anneke Arjun Beatriz Björn
Caoimhe Chiara Chukwuma Daan Dmitri Eilidh Elif Emre Farida Femi Fionn Freya
Gabriel Giulia Hana Haruto Hiroko Ingrid Ioana Iván Jamila Javier Jonas Kofi
Kwame Lakshmi Laszlo Leila Lúcia Mahmoud Mairead Malik Marta Mateo Mei Milica
Nadia Naoki Niamh Noor Oisín Olena Omar Paolo Petra Priya Rafael Rania Renée
Ruairí Sanna Santiago Siobhán Sofia Søren Sunita Tadeusz Tamar Thandi Tomáš
Ulrike Viktor Wei Xiulan Yara Yusuf Zofia Zoë""".split()

LAST_NAMES = """Abara Adeyemi Almeida Andersson Baker Banerjee Bianchi Boateng
Byrne Castillo Chen Costa Dahl Dlamini Doyle Dubois Eriksen Farah Fernandes
Fitzgerald Fischer Gallagher Ghosh Haddad Hansen Hassan Horváth Ibrahim Ivanova
Jansen Kaya Keane Kelly Kowalski Kumar Lindqvist Liu MacDonald Mahmood Markovic
Mbeki Mendes Moreau Murphy Nakamura Ncube Nguyen Novák Nowak O'Brien Okafor
O'Leary Ortega Osei Papadakis Patel Pereira Petrov Popescu Quinn Rahman Ramirez
Reyes Rossi Saito Santos Schneider Shapiro Silva Singh Svensson Tanaka Tesfaye
Tóth Van-Dijk Walsh Weber Yilmaz Zhang Zimmermann""".split()

PLAIN = str.maketrans("áäåéëèíïóöøúüßšćčžýñ", "aaaeeeiioooousscczyn")

rng = random.Random(SEED)


def pick(choices):
    """Pick one; random() is the one method whose results never change."""
    return choices[int(rng.random() * len(choices))]


def term_id(code):
    """The id that the registrar's own system has for a course."""
    return code.lower() + "-2027-spring"


def course_ref(code):
    return {"ids": {"api": term_id(code)}}


def exam_id(code, kind):
    return f"{code}-{kind}-2027"


def configuration(code, kind, days, minutes, proctoring, type_, password):
    """How an exam is delivered. Booking closes two days before the window does."""
    first, last = days
    block = {
        "ids": {"api": f"{exam_id(code, kind)}-{type_}".lower()},
        "type": type_,
        "url": f"https://exams.{DOMAIN}/take/{code.lower()}/{kind.lower()}",
        "access": {"open": f"2027-{first}T08:00:00Z", "close": f"2027-{last}T18:00:00Z"},
        "duration": minutes,
        "password": password,
        "attempts": 1,
        "notes": {"student": "Have your student card at hand.", "proctor": ""},
        "proctorTypes": {proctoring: {"options": {"recordWebcam": {}, "verifyId": {}}}},
    }
    if proctoring == LIVE:
        block["scheduling"] = {"open": "2027-04-01T08:00:00Z", "close": f"2027-{first}T08:00:00Z"}
    if code in ("CHE115", "MAT120"):
        block["permittedItems"] = {"calculator": {"notes": "Without a radio."}, "formulaSheet": {}}
    return block


def catalogue():
    """Courses, then exams, then the exams' accommodations, as a registrar's export has them."""
    items = []
    for code, title in COURSES:
        items.append({"course": {"ids": {"api": term_id(code), "lms": str(4100 + len(items))},
                                 "title": title, "code": code}})
    for code, kind, title, first, last, minutes, proctoring, limited, factor in EXAMS:
        password = f"heron-{1000 + int(rng.random() * 9000)}"
        exam = {"ids": {"external": exam_id(code, kind)}, "title": title, "type": "online",
                "practice": kind == "QUIZ", "limitedScope": limited}
        items.append({"course": course_ref(code), "exam": {**exam, "configuration": configuration(
            code, kind, (first, last), minutes, proctoring, "primary", password)}})
        if factor:
            items.append({"exam": {**exam, "configuration": configuration(
                code, kind, (first, last), int(minutes * factor), proctoring, "accommodation", password)}})
    # An exam of three hours in a window of two.
    items.append({"course": course_ref("HIS210"), "exam": {
        "ids": {"external": exam_id("HIS210", "RESIT")}, "title": "Europe since 1815, resit",
        "configuration": {
            **configuration("HIS210", "RESIT", ("06-14", "06-14"), 180, AUTOMATED, "primary", "heron-7310"),
            "access": {"open": "2027-06-14T09:00:00Z", "close": "2027-06-14T11:00:00Z"}}}})
    return items


def person(number, prefix):
    """Somebody with a number that the university gave and an address made from the name."""
    first, last = pick(FIRST_NAMES), pick(LAST_NAMES)
    local = f"{first}.{last}".lower().translate(PLAIN).replace("'", "")
    return {"ids": {"external": f"{prefix}{number:05d}"}, "firstName": first, "lastName": last,
            "email": f"{local}.{number}@{DOMAIN}"}


def roster():
    """Everybody in every course of theirs: whole the first time, then by id alone."""
    items = []
    for number, (code, _) in enumerate(COURSES, start=1):
        items.append({"course": course_ref(code), "user": person(number, "T"),
                      "enrollment": {"role": "instructor"}})
    for number in range(1, STUDENTS + 1):
        user = person(number, "S")
        if number % 3 == 0:
            user["ids"]["lms"] = str(880000 + number)
        if number % 20 == 0:
            user["timeZone"] = pick(["America/New_York", "Asia/Tokyo", "Africa/Lagos"])
        codes = [code for code, _ in COURSES if rng.random() < 0.4] or [pick(COURSES)[0]]
        for place, code in enumerate(codes):
            item = {"course": course_ref(code),
                    "user": user if place == 0 else {"ids": {"external": user["ids"]["external"]}}}
            if place > 0 and rng.random() < 0.02:
                item["enrollment"] = {"status": "removed"}
            items.append(item)
    return items


def break_some(items):
    """What exports get wrong."""
    def courses_of(i):
        return sum(item["user"]["ids"]["external"] == items[i]["user"]["ids"]["external"] for item in items)

    whole = [i for i, item in enumerate(items)
             if "email" in item["user"] and item["user"]["ids"]["external"].startswith("S")]
    # No @. The other item of this person, which only names the id, leans on this one.
    wrong = items[next(i for i in whole[60:] if courses_of(i) == 2)]
    wrong["user"]["email"] = wrong["user"]["email"].replace("@", ".")
    # A key in the wrong case.
    wrong = next(i for i in whole[110:] if courses_of(i) == 1)
    items[wrong]["user"] = {("firstname" if key == "firstName" else key): value
                            for key, value in items[wrong]["user"].items()}
    # One person's student number with another's id in the LMS.
    someone = items[whole[20]]["user"]["ids"]["external"]
    other = next(items[i]["user"]["ids"]["lms"] for i in whole[200:] if "lms" in items[i]["user"]["ids"])
    items.append({"course": course_ref("LAW205"), "user": {"ids": {"external": someone, "lms": other}}})
    # A course whose number has the letter O in it.
    items.append({"course": {"ids": {"api": term_id("BIO1O1")}},
                  "user": {"ids": {"external": items[whole[33]]["user"]["ids"]["external"]}}})


def late_changes(items):
    """What the next night brings: one who comes, one with a new address, one who goes, a longer exam."""
    teacher, leaver = items[0], items[-1]
    return [
        {"course": course_ref("MAT120"), "user": person(STUDENTS + 1, "S")},
        {"course": teacher["course"], "user": {**teacher["user"], "email": f"biology@{DOMAIN}"}},
        {"course": leaver["course"], "user": {"ids": leaver["user"]["ids"]},
         "enrollment": {"status": "removed"}},
        {"exam": {"ids": {"external": exam_id("BIO101", "MID")}, "title": "Cell Biology, midterm",
                  "configuration": configuration("BIO101", "MID", ("03-08", "03-10"), 75, AUTOMATED,
                                                 "primary", "heron-2027")}},
    ]


def write(name, items):
    """A JSON array with an item a line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "term", name)
    with open(path, "w", encoding="utf-8") as file:
        lines = (json.dumps(item, ensure_ascii=False) for item in items)
        file.write("[" + ",\n ".join(lines) + "]\n")


catalogue_items = catalogue()
roster_items = roster()
late_items = late_changes(roster_items)
break_some(roster_items)

write("catalogue.json", catalogue_items)
write("roster.json", roster_items)
write("late-changes.json", late_items)
# Who has more time: a student in twelve
write("accommodations.json", [f"S{number:05d}" for number in range(7, STUDENTS, 12)])
