"""unsell beside its peers, on the same text and the same phrases, in one run and on one core.

`benches/peers/run` prints a table of ratios and writes it to benches/peers/results.md. The text is
ordinary talk of the corpus, the phrases are one for each pattern of the built-in rules; both are made
by `benches/peers/main.rs`, which also measures what is Rust.
"""

import argparse
import json
import re
import subprocess
import tempfile
from collections import defaultdict
from importlib.metadata import version as installed
from pathlib import Path

import ahocorasick
import hyperscan
import spacy
from spacy.matcher import PhraseMatcher

import bench

ROUNDS = 9


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unsell", help="a program to measure instead of one built now")
    parser.add_argument("--bytes", type=int, default=2_000_000, help="how much text")
    return parser.parse_args()


def aho_corasick(text, phrases):
    search = ahocorasick.Automaton()
    for phrase in phrases:
        search.add_word(phrase, phrase)
    search.make_automaton()
    return lambda: sum(1 for _ in search.iter(text.lower()))


def hyperscan_block(text, phrases):
    database = hyperscan.Database()
    expressions = [re.escape(phrase).encode() for phrase in phrases]
    database.compile(
        expressions=expressions,
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[hyperscan.HS_FLAG_CASELESS] * len(expressions),
    )
    found = [0]

    def count(*_):
        found[0] += 1

    data = text.encode()
    return lambda: database.scan(data, match_event_handler=count)


def re_for_each_rule(text, rules):
    flags = re.IGNORECASE | re.ASCII
    patterns = [re.compile(rf"\b(?:{'|'.join(map(re.escape, own))})\b", flags) for own in rules.values()]
    return lambda: sum(len(pattern.findall(text)) for pattern in patterns)


def spacy_phrases(lines, phrases):
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("PHRASES", list(nlp.tokenizer.pipe(phrases)))
    documents = [nlp.make_doc(line) for line in lines]
    yield lambda: sum(len(matcher(document)) for document in documents)
    yield lambda: sum(len(matcher(nlp.make_doc(line))) for line in lines)


def grep(text_file, phrase_file):
    # To a file or /dev/null grep would stop at the first line; counting reads all.
    command = ["grep", "-c", "-i", "-F", "-f", phrase_file, text_file]
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def main():
    given = arguments()
    unsell = bench.program(given.unsell)
    bench.helper("help")  # Built before anything is confined to one core.
    bench.alone()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        bench.helper("folder", 1, given.bytes, folder)
        talk = folder / "00000.txt"
        listed, words = folder / "rules.tsv", folder / "phrases.txt"
        bench.helper("phrases", listed)
        rules = defaultdict(list)
        for line in listed.read_text().splitlines():
            rule, phrase = line.split("\t")
            rules[rule].append(phrase)
        phrases = [phrase for own in rules.values() for phrase in own]
        words.write_text("".join(phrase + "\n" for phrase in phrases))
        text = talk.read_text()
        lines = text.splitlines()
        size = len(text.encode())

        seconds = {}
        for line in bench.helper("measure", talk, listed).splitlines():
            measured = json.loads(line)
            seconds[measured["name"]] = measured["seconds"]
        seconds["pyahocorasick"] = bench.quickest(aho_corasick(text, phrases), ROUNDS)
        seconds["hyperscan"] = bench.quickest(hyperscan_block(text, phrases), ROUNDS)
        seconds["re for each rule"] = bench.quickest(re_for_each_rule(text, rules), 1)
        seconds["grep"] = bench.quickest(grep(talk, words), ROUNDS)
        matching, whole = spacy_phrases(lines, phrases)
        seconds["spaCy PhraseMatcher"] = bench.quickest(matching, ROUNDS)
        seconds["spaCy end to end"] = bench.quickest(whole, 3)
        analyze = [unsell, "analyze", "--no-config", "--detector", "lexicon", "--format", "json"]
        tiny = folder / "tiny.txt"
        tiny.write_text("Ana: So, how was it?\nBo: Good.\nAna: Glad to hear it.\n")
        seconds["unsell program"] = bench.usage([*analyze, talk], ROUNDS).seconds
        start = bench.usage([*analyze, tiny], ROUNDS).seconds

    table = report(seconds, size, len(phrases), len(rules), start, unsell)
    print(table)
    (Path(__file__).parent / "results.md").write_text(table)


# What is compared with what: the detector with searches over text that is there, the whole with
# whatever also splits text into words or reads it from a file.
ROWS = [
    ("aho-corasick DFA", "all phrases in one pass, no words, no report", "search"),
    ("aho-corasick ContiguousNFA", "the same, less memory", "search"),
    ("hyperscan", "all phrases in one pass, called from Python at each match", "search"),
    ("pyahocorasick", "all phrases in one pass, from Python", "search"),
    ("RegexSet by line", "which rules have a phrase in a line (Rust)", "search"),
    ("Regex for each rule", "a pass for each rule's phrases (Rust)", "search"),
    ("re for each rule", "a pass for each rule's phrases (Python)", "search"),
    ("spaCy PhraseMatcher", "phrases over words that are split already", "search"),
    ("grep", "`grep -c -i -F -f`: lines with any phrase, from a file", "whole"),
    ("spaCy end to end", "splitting into words and PhraseMatcher", "whole"),
]
OWN = [
    ("unsell lexicon", "every rule, context, span and score, on words that are split already"),
    ("unsell whole", "bytes to JSON: reading, splitting, rules, roles, scores, report"),
    ("unsell program", "the same as a program, with its start"),
]


def report(seconds, size, phrases, rules, start, unsell):
    rate = {name: size / taken / 1e6 for name, taken in seconds.items()}
    against = {"search": "unsell lexicon", "whole": "unsell whole"}
    lines = [
        "# unsell beside its peers",
        "",
        f"Measured by `benches/peers/run` on {bench.today()}, commit {bench.commit()}, one core of: {bench.machine()}.",
        f"The quickest of {ROUNDS} runs of each. Text: {size / 1e6:.1f} MB of ordinary talk; {phrases:,} phrases of {rules} rules, one for each pattern.",
        "",
        "| peer | what it does | MB/s | unsell is |",
        "|---|---|---:|---|",
    ]
    for name, about, kind in ROWS:
        own = against[kind]
        ratio = rate[own] / rate[name]
        lines.append(f"| {name} | {about} | {rate[name]:,.1f} | {ratio:,.2f} × ({own.split()[1]}) |")
    lines += ["", "| unsell | what it does | MB/s |", "|---|---|---:|"]
    lines += [f"| {name} | {about} | {rate[name]:,.1f} |" for name, about in OWN]
    lines += [
        "",
        f"The program starts in {1000 * start:.0f} ms (`analyze` of three lines). The peers look for the phrases and",
        "nothing else; the rules hear many wordings of each, with gaps, forms and contexts, so the peers have the",
        "easier task.",
        "",
        "Versions: "
        + ", ".join(
            [f"{name} {installed(name)}" for name in ("hyperscan", "pyahocorasick", "spacy")]
            + [bench.version(["grep", "--version"]), bench.version([unsell, "--version"])]
            + [bench.version(["rustc", "--version"])]
        )
        + ".",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
