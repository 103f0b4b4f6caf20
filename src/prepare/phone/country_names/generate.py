#!/usr/bin/env python3
"""Writes names.tsv: the codes and names of countries from CLDR, as the Python package Babel has them.

    pip install babel==2.19.0
    python3 generate.py > names.tsv

Each line is a country: its two letters, its three letters (ISO 3166-1) if there are any, and its
names in LANGUAGES and in its own languages, each once. The first line names the versions.
"""

import babel
from babel import Locale, UnknownLocaleError
from babel.core import get_cldr_version, get_global
from babel.languages import get_official_languages

LANGUAGES = ["en", "fr", "es", "pt", "sw", "ar", "de", "it", "nl", "hi", "zh"]

# Groups of countries, pseudo-locales and the unknown territory.
NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


def three_letters():
    """The three letters of each country: CLDR knows them as aliases of the two letters."""
    found = {}
    for alias, territories in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(territories) == 1:
            found.setdefault(territories[0], []).append(alias)
    return found


def names(country):
    for language in LANGUAGES + list(get_official_languages(country, regional=True, de_facto=True)):
        try:
            name = Locale.parse(language).territories.get(country)
        except (UnknownLocaleError, ValueError):
            continue
        if name:
            yield name


def main():
    print(f"# CLDR {get_cldr_version()}, from Babel {babel.__version__} by generate.py")
    letters = three_letters()
    for country in sorted(Locale.parse("en").territories):
        if len(country) == 2 and country.isalpha() and country not in NO_COUNTRIES:
            print("\t".join(dict.fromkeys([country, *sorted(letters.get(country, [])), *names(country)])))


main()
