"""Holds the package to the program: what both are asked, both answer alike.

UNSELL names the program; the working folder is the project's.
"""

import inspect
import json
import multiprocessing
import os
import subprocess
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import unsell
from unsell import Engine, UnsellError

PROGRAM = os.environ["UNSELL"]
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / "examples").iterdir()
    if path.is_file() and path.name not in ("README.md", "roles.toml")
)
CALL = "examples/clinic-scheduling.vtt"
TURNS = [
    {"speaker": "Dana", "role": "seller", "start": 0, "end": 4.5, "text": "It is now or never, the price goes up tonight."},
    {"speaker": "Sam", "start": 5, "end": 7.25, "text": "I’d rather not hurry. Write to sam@example.com, please."},
    {"speaker": "Dana", "start": 8, "end": None, "text": "What matters most to you in this?"},
]
ENGINE = Engine()


def program(*arguments, given=None):
    """What the program writes, and what it says besides."""
    done = subprocess.run([PROGRAM, *arguments], input=given, capture_output=True, encoding="utf-8")
    return done.stdout, done.stderr


def reports(*arguments, given=None):
    written, _ = program("analyze", "--no-config", "--format", "jsonl", *arguments, given=given)
    return [json.loads(line) for line in written.splitlines()]


def stream(records, *arguments):
    lines = "".join(json.dumps(record) + "\n" for record in records)
    return reports("-", "--input-format", "jsonl", *arguments, given=lines)


def text_of(path):
    return Path(path).read_bytes().decode()


class Analyze(unittest.TestCase):
    maxDiff = 2_000

    def same(self, ours, theirs):
        """Equal, in the order of the keys, and in the types of all values."""
        self.assertEqual(json.dumps(ours, indent=1), json.dumps(theirs, indent=1))

    def test_files_are_reported_on_as_by_the_program(self):
        self.assertGreater(len(EXAMPLES), 6)
        for path, report in zip(EXAMPLES, reports(*EXAMPLES), strict=True):
            with self.subTest(path):
                self.same(ENGINE.analyze(path=path), report)
        self.same(ENGINE.analyze(path=Path(CALL)), reports(CALL)[0])

    def test_text_is_reported_on_as_by_the_program(self):
        for path in EXAMPLES:
            with self.subTest(path):
                text = text_of(path)
                self.same(ENGINE.analyze(text=text), reports("-", given=text)[0])

    def test_turns_are_reported_on_as_by_the_program(self):
        [theirs] = stream([{"turns": TURNS}])
        ours = ENGINE.analyze(turns=TURNS)
        self.assertEqual(ours["source"].pop("path"), "-")
        self.assertEqual(theirs["source"].pop("path"), "line 1")
        self.same(ours, theirs)
        self.assertEqual(ours["speakers"][0]["role_source"], "format")

    def test_every_detector_reports_as_that_of_the_program(self):
        for detector in ("lexicon", "classifier", "both") if HAS_CLASSIFIER else ("lexicon",):
            with self.subTest(detector):
                ours = Engine(detector, jobs=1).analyze(path=CALL)
                self.same(ours, reports(CALL, "--detector", detector)[0])

    def test_roles_and_lens_are_those_given(self):
        ours = ENGINE.analyze(path=CALL, roles={"gorm *": "seller", "Nerys Pike": "Buyer", "x": None})
        arguments = ("--role", "gorm *=seller", "--role", "Nerys Pike=buyer")
        self.same(ours, reports(CALL, *arguments)[0])
        self.assertEqual([speaker["role_source"] for speaker in ours["speakers"]], ["given", "given"])
        self.same(ENGINE.analyze(path=CALL, lens="leading"), reports(CALL, "--lens", "leading")[0])
        unused = ENGINE.analyze(path=CALL, roles={"Nobody": "seller"})
        self.assertIn("a role is given to someone who speaks nowhere here", unused["warnings"])

    def test_the_format_is_the_one_given(self):
        text = "Dana: Sign today or the price is gone.\nSam: No.\nDana: Then tomorrow, at the latest.\n"
        ours = ENGINE.analyze(text=text, format="prose")
        self.same(ours, reports("-", "--input-format", "prose", given=text)[0])
        self.assertEqual(ours["source"]["format"], "prose")

    def test_people_and_words_are_left_out_as_by_the_program(self):
        self.same(ENGINE.analyze(path=CALL, redact=True), reports(CALL, "--redact")[0])
        self.same(ENGINE.analyze(path=CALL, no_text=True), reports(CALL, "--no-text")[0])
        redacted = ENGINE.analyze(turns=TURNS, redact=True)
        self.assertNotIn("Dana", str(redacted))
        self.assertIn("[email]", redacted["turns"][1]["text"])

    def test_rules_of_ones_own_are_laid_over_the_built_in_ones(self):
        rules = str(ROOT / "python/tests/rules.toml")
        [theirs] = reports(CALL, "--lexicon", rules, "--detector", "lexicon")
        for lexicon in (rules, [rules], Path(rules)):
            self.same(Engine("lexicon", lexicon=lexicon).analyze(path=CALL), theirs)
        self.assertNotEqual(theirs["engine"]["lexicon"], Engine("lexicon").analyze(path=CALL)["engine"]["lexicon"])

    def test_odd_text_is_no_trouble(self):
        text = "Dana: 🎉 Sign today,\u2028 it’s now or never\u0000\nSam: Ça va?\nDana: \u202eNo.\n".replace("\0", "")
        self.same(ENGINE.analyze(text=text), reports("-", given=text)[0])


class Many(unittest.TestCase):
    def test_records_are_answered_as_by_the_program(self):
        texts = [{"id": path, "text": text_of(path), "region": {"n": [1, None]}} for path in EXAMPLES]
        records = [*texts * 3, {"turns": TURNS, "id": 7, "roles": {"Sam": "buyer"}, "lens": "selling"}, {"text": "Hm."}]
        for arguments, options in ((), {}), (("--redact",), {"redact": True}):
            theirs = stream(records, *arguments)
            ours = list(ENGINE.analyze_many(iter(records), **options))
            self.assertEqual(json.dumps(ours), json.dumps(theirs))

    def test_files_are_records_too(self):
        ours = list(ENGINE.analyze_many({"path": path} for path in EXAMPLES))
        self.assertEqual(ours, reports(*EXAMPLES))

    def test_a_bad_record_costs_itself_alone(self):
        bad = [
            (7, "a record is a dict"),
            ({"id": "b"}, "neither"),
            ({"text": 5}, "`text` must be a string"),
            ({"text": "a", "roles": {"Ana": "selller"}}, "did you mean `seller`?"),
            ({"text": "a", "roles": ["Ana"]}, "`roles` must be a dict"),
            ({"path": "nowhere.vtt", "id": 1}, "nowhere.vtt: No such file"),
            ({"turns": [{"text": object()}]}, "not JSON serializable"),
            ({"turns": [{"speaker": "Ana"}]}, "turns:1:"),
        ]
        records = [record for pair in bad for record in (pair[0], {"turns": TURNS})]
        answers = list(ENGINE.analyze_many(records))
        self.assertEqual(len(answers), 2 * len(bad))
        for at, (_, expected) in enumerate(bad):
            self.assertIn(expected, answers[2 * at]["error"])
            self.assertEqual(answers[2 * at]["line"], 2 * at + 1)
            self.assertNotIn("error", answers[2 * at + 1])
        self.assertEqual(answers[2]["id"], "b")

    def test_the_record_given_is_left_as_it_was(self):
        record = {"id": 1, "turns": TURNS, "region": "north"}
        before = json.dumps(record)
        next(ENGINE.analyze_many([record]))
        self.assertEqual(json.dumps(record), before)

    def test_records_are_taken_a_few_ahead(self):
        taken = 0

        def endless():
            nonlocal taken
            while True:
                taken += 1
                yield {"turns": TURNS}

        answers = Engine("lexicon", jobs=2).analyze_many(endless())
        for _ in range(20):
            next(answers)
        self.assertLess(taken, 60)

    def test_what_the_records_raise_comes_after_the_answers_before_it(self):
        def broken():
            yield {"turns": TURNS}
            raise KeyError("gone")

        answers = ENGINE.analyze_many(broken())
        self.assertNotIn("error", next(answers))
        with self.assertRaises(KeyError):
            next(answers)
        self.assertRaises(StopIteration, next, answers)


class Label(unittest.TestCase):
    ROWS = [
        {"id": "u1", "role": "seller", "text": "Sign today or the price is gone.", "author": "x"},
        {"id": 2, "role": "leader", "prev": "Any doubts?", "text": "What have we missed? Tell me where I am wrong."},
        {"text": "Mörgen 🎉"},
        {"text": 5},
        {"role": "buyer", "text": "It is now or never."},
    ]

    def test_labels_are_those_of_the_program(self):
        lines = "".join(json.dumps(row) + "\n" for row in self.ROWS)
        for detector in ("lexicon", "classifier", "both") if HAS_CLASSIFIER else ("lexicon",):
            written, _ = program("label", "--detector", detector, given=lines)
            labels = Engine(detector).label(self.ROWS)
            self.assertEqual(json.dumps(labels), json.dumps([json.loads(line) for line in written.splitlines()]))
            self.assertEqual((labels[0]["id"], labels[0]["author"]), ("u1", "x"))
            self.assertEqual(labels[3]["line"], 4)

    def test_an_utterance_may_be_its_text_alone(self):
        self.assertEqual(ENGINE.label(["Sign today or it is gone."]), ENGINE.label([{"text": "Sign today or it is gone."}]))
        self.assertEqual(ENGINE.label([]), [])
        self.assertEqual(len(ENGINE.label(f"line\n{n}" for n in range(1_000))), 1_000)

    def test_a_word_that_is_no_role_is_warned_of(self):
        with self.assertWarnsRegex(UserWarning, "`chief` is no role"):
            ENGINE.label([{"role": "chief", "text": "Sign today."}])

    def test_a_text_is_no_list_of_utterances(self):
        self.assertRaises(TypeError, ENGINE.label, "Sign today.")


class Errors(unittest.TestCase):
    def refused(self, *arguments, **options):
        with self.assertRaises(UnsellError) as caught:
            ENGINE.analyze(*arguments, **options)
        self.assertIsInstance(caught.exception, ValueError)
        return str(caught.exception)

    def test_they_have_the_message_of_the_program(self):
        for text in ("", " \n ", "{\"a\": 1}", "\0\0"):
            _, said = program("analyze", "--no-config", "-", given=text)
            error, *help = said.splitlines()
            message = self.refused(text=text)
            self.assertEqual(message.partition(" (")[0], error.replace("error: -:", "text:", 1))
            for line in help:
                self.assertIn(line.removeprefix("help: ").replace("--input-format", "`format`"), message)
        self.assertTrue(self.refused(path="nowhere.vtt").startswith("nowhere.vtt: No such file or directory"))
        self.assertIn("turns:1:", self.refused(turns=[{"speaker": "Ana"}]))
        self.assertIn("turn 1: no role is called `selller`", self.refused(turns=[{"text": "a", "role": "selller"}]))

    def test_they_say_what_would_be_right(self):
        self.assertIn("neither", self.refused())
        self.assertIn("may be one", self.refused(text="a", turns=[]))
        self.assertIn("there are `turns`", self.refused(turns=TURNS, format="srt"))
        self.assertIn("`selling`, `leading` or `both`", self.refused(text="a", lens="buying"))
        self.assertIn("there are webvtt", self.refused(text="a", format="word"))
        self.assertIn("did you mean `seller`?", self.refused(text="a", roles={"Ana": "selller"}))

    def test_an_engine_that_cannot_be_made_is_refused(self):
        for options, expected in (
            ({"lexicon": "nowhere.toml"}, "nowhere.toml: No such file"),
            ({"lexicon": [str(ROOT / "examples/roles.toml")]}, "roles.toml"),
            ({"detector": "ears"}, ""),
            ({"detector": "lexicon", "model": "nowhere"}, "model"),
            ({"model": "nowhere"}, ""),
        ):
            with self.assertRaises(UnsellError) as caught:
                Engine(**options)
            self.assertIn(expected, str(caught.exception))

    def test_what_is_of_another_type_is_a_type_error(self):
        for options in ({"text": 5}, {"path": 5}, {"text": "a", "roles": ["Ana"]}, {"text": "a", "nothing": 1}):
            self.assertRaises(TypeError, ENGINE.analyze, **options)
        self.assertRaises(TypeError, ENGINE.analyze, "a")
        self.assertRaises(UnicodeError, ENGINE.analyze, text="\ud800")
        self.assertIn("turns:1:", self.refused(turns=[{"text": "\ud800"}]))


class Threads(unittest.TestCase):
    def test_threads_share_an_engine(self):
        alone = [ENGINE.analyze(path=path) for path in EXAMPLES]
        with ThreadPoolExecutor(4) as threads:
            together = list(threads.map(lambda path: ENGINE.analyze(path=path), EXAMPLES * 3))
        self.assertEqual(together, alone * 3)

    def test_others_may_use_python_meanwhile(self):
        engine = Engine("lexicon")
        text = "".join(f"Dana: Well, {n}, it is now or never, so sign today.\n" for n in range(20_000))
        longest, done = 0, threading.Event()

        def count():
            nonlocal longest
            before = time.perf_counter()
            while not done.is_set():
                now = time.perf_counter()
                longest, before = max(longest, now - before), now

        counting = threading.Thread(target=count)
        counting.start()
        begun = time.perf_counter()
        # Without words the report is small, and made by the engine almost alone.
        self.assertTrue(engine.analyze(text=text, no_text=True)["scores"])
        took = time.perf_counter() - begun
        done.set()
        counting.join()
        self.assertGreater(took, 0.1)
        self.assertLess(longest, took / 2)

    def test_a_process_that_was_forked_has_threads_of_its_own(self):
        expected = ENGINE.analyze(path=CALL)
        with multiprocessing.get_context("fork").Pool(2) as processes:
            self.assertEqual(processes.map_async(analyze, [CALL] * 4).get(120), [expected] * 4)
            self.assertEqual(processes.map_async(analyze_anew, [CALL] * 2).get(120), [expected] * 2)


def analyze(path):
    return ENGINE.analyze(path=path)


def analyze_anew(path):
    return Engine().analyze(path=path)


class Package(unittest.TestCase):
    def test_it_is_of_the_programs_version(self):
        self.assertEqual(f"unsell {unsell.__version__}", program("--version")[0].strip())

    def test_everything_is_explained(self):
        self.assertIn("nothing is sent anywhere", unsell.__doc__)
        for what in (Engine, Engine.analyze, Engine.analyze_many, Engine.label, UnsellError, unsell.Reports):
            self.assertTrue(inspect.getdoc(what), what)

    def test_types_come_with_it(self):
        folder = Path(unsell.__file__).parent
        self.assertTrue((folder / "py.typed").exists() and (folder / "__init__.pyi").exists())


try:
    Engine("both")
    HAS_CLASSIFIER = True
except UnsellError:
    HAS_CLASSIFIER = False

if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
