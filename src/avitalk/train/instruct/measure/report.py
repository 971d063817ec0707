"""Saved JSON -> `docs/results/instruct.md`: `python -m avitalk.train.instruct.measure report`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from avitalk.train.instruct.measure.calm import READERS, WITHOUT
from avitalk.train.instruct.measure.elsewhere import NORMALISED, RAW
from avitalk.train.instruct.measure.recall import ALL, LENGTH, LEVELS, SINGLE, SPREADS
from avitalk.train.instruct.measure.words import SAME_EMOTION, SHUFFLED, SYSTEMS
from avitalk.train.talker.gates import Bar, exactly
from avitalk.train.talker.marks import interval, percent, percents, table

Rows = Mapping[str, Any]
COMMANDS: Final = """\
```
python -m avitalk.train.instruct.measure write --folds FOLDS --language FILE --heard FILE \\
    --corpus FILE --ravdess-heard FILE --ravdess FOLDER --readers-heard FILE --readers FOLDER \\
    --texts FOLDER
python -m avitalk.train.instruct.measure recall|ravdess|readers|words|generations|space ...
python benchmarks/instruct.py --write
python -m avitalk.train.instruct.measure report
```
"""
BEATEN_BY: Final = 0.2
SIMPLE: Final = ("mean pitch", "mean loudness as recorded")
METRICS: Final = (
    "BLEU-1", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D", "facts F1", "emotion read",
)  # fmt: skip
SYSTEM_NAMES: Final = {
    SYSTEMS[0]: "full",
    SYSTEMS[1]: "without augmentation",
    SYSTEMS[2]: "without language model",
    SYSTEMS[3]: "without Q-Former alignment",
    SYSTEMS[4]: "full, one candidate",
    SHUFFLED: "full, shuffled audio",
    SAME_EMOTION: "a held-out phrasing of another clip of the same emotion",
}


def bars(saved: Rows) -> Iterator[Bar]:
    """Everything issue 5 asks that has been measured."""
    if "recall" in saved:
        yield from _recall_bars(saved["recall"])
    if "ravdess" in saved:
        yield from _ravdess_bars(saved["ravdess"])
    if "generations" in saved:
        row = saved["generations"]
        yield Bar("generations: found word for word", row["copied"], most=0.10, shares=True)
        yield Bar("generations: distinct-2", exactly(row["distinct-2"]), 0.3)
        parsed = exactly(row["grammatical"])
        yield Bar("generations: parsed by link-grammar", parsed, 1.0, shares=True)
    if "time" in saved:
        yield Bar("time over the audio's length", exactly(saved["time"]["ratio"]), most=0.15)
        yield Bar("10 s clip, cold start, s", exactly(saved["time"]["cold_s"]), most=5)


def _recall_bars(row: Rows) -> Iterator[Bar]:
    for name, asked in (("audio", 0.68), ("text", 0.60)):
        if name not in row["rows"]:
            continue
        for other in (LENGTH, LEVELS):
            gained = row["gains"][f"{name} over {other}"]
            yield Bar(f"EmoDB, {name}: recall gained over {other}", gained, BEATEN_BY)
        yield Bar(f"EmoDB, {name}: recall of 7", row["rows"][name], asked, target=True)


def _ravdess_bars(row: Rows) -> Iterator[Bar]:
    for system, asked in ((RAW, 0.28), (NORMALISED, 0.33)):
        for name in ("audio", "text", "text, other emotions wrong"):
            key = f"{system} {name}"
            if key in row["rows"]:
                what = f"RAVDESS, {system.removeprefix('ravdess_')}, {name}: recall of 6"
                yield Bar(what, row["rows"][key], asked, target=True)
    order = row["order"]["rows"]
    if "text" in order:
        yield Bar("RAVDESS: stronger of two, from text", order["text"], 0.80, target=True)


def recall_section(row: Rows) -> str:
    """EmoDB."""
    named = {
        "audio": "emotion head (audio)",
        "text": "read from the text, by the table's words",
        "text, second reader": "read from the text, by the sentence model",
        SINGLE: "read from the text of one candidate, by the table's words",
    }
    order = [
        *named, LENGTH, LEVELS, SPREADS, ALL, "shuffled audio", "text, shuffled audio",
    ]  # fmt: skip
    body = []
    for name in order:
        if name in row["rows"]:
            found = row["rows"][name]
            kind = row["kinds"].get(name)
            label = named.get(name, name) + (f" ({kind})" if kind else "")
            low, high = found["speakers"]
            body.append([label, interval(found), f"{low:.2f} to {high:.2f}"])
    body.append(["chance", f"{row['chance']:.3f}", ""])
    classes = list(row["by class"]["audio"])
    each = [
        [name, *(f"{found[c]:.2f}" for c in classes)] for name, found in row["by class"].items()
    ]
    over = [[name, interval(value)] for name, value in row["gains"].items()]
    said = ""
    if "text windows" in row:
        said = (
            f"- The text says the emotion that the head hears in "
            f"{percent(row['text says what the ear hears'])} of {row['text windows']} windows.\n"
            f"- Strength against the corpus's facts, Pearson r: {row['strength r, text']:.2f} "
            f"read from the text, {row['intensity r']:.2f} from the intensity head.\n"
        )
    free = "the row of one candidate and that of " if SINGLE in row["rows"] else "the row of "
    few = row.get("text windows", row["windows"]) < row["windows"]
    texts = "One text for the first window of each recording" if few else "One text a window"
    return (
        f"{row['clips']} recordings of ten speakers, {row['windows']} windows of at most 1.6 s, "
        "silence around the speech removed (three emotions are cut or padded to 2.00 s in this "
        "corpus). Q-Former and projection are fitted anew without each speaker, to the others and "
        "to calm readers of English. Simple listeners "
        "are the best of an SVM, logistic regression and a random forest on what is tested, in "
        f"their favour; they may use the absolute level, the ear may not. {texts}, at "
        "default settings, which take the best of four candidates by their agreement with the "
        f"voice; the reader of words has a part in that, and none in {free}the sentence model as "
        "reader (nearest mean of the training texts of an emotion).\n\n"
        f"{table(['', 'unweighted recall', 'least and best speaker'], body)}\n"
        f"{table(['recall by class', *classes], each)}\n"
        f"{table(['gained', 'recall'], over)}\n{said}"
    )


def _strictly(row: Rows) -> str:
    """The gate if 'loudness and pitch only' may use more than two numbers."""
    kinds = {SPREADS: "means and spreads", ALL: "all 18 statistics (courses, percentiles, steps)"}
    lines = [
        f"- with {kind}: {row['rows'][name]['mean']:.3f}; gained by "
        + " and ".join(
            f"the {how} {interval(row['gains'][f'{how} over {name}'])}"
            for how in ("audio", "text")
            if f"{how} over {name}" in row["gains"]
        )
        for name, kind in kinds.items()
    ]
    return (
        "*Loudness and pitch only* is mean loudness and mean pitch above. A listener that may "
        "use more of both is harder to beat by 0.2:\n\n" + "\n".join(lines) + "\n"
    )


def ravdess_section(row: Rows) -> str:
    """RAVDESS."""
    body = []
    for name, found in row["rows"].items():
        kind = row["kinds"].get(name)
        label = name.removeprefix("ravdess_").replace("_", " ") + (f" ({kind})" if kind else "")
        body.append([label, interval(found)])
    body.append(["chance", f"{row['chance']:.3f}"])
    classes = list(next(iter(row["by class"].values())))
    each = [
        [name.removeprefix("ravdess_"), *(f"{found[c]:.2f}" for c in classes)]
        for name, found in row["by class"].items()
    ]
    others = "; ".join(
        f"{name.removeprefix('ravdess_')} {percent(share)}"
        for name, share in row["other emotion in text"].items()
    )
    order = row["order"]
    above = [name for name in SIMPLE if _beats(order["rows"], name)]
    aside = f"\nBy themselves, {' and '.join(above)} order these pairs better than the text.\n"
    lines = [[name, interval(part), percent(part["ties"])] for name, part in order["rows"].items()]
    pairs = order["pairs"]
    level = row.get("level change")
    free = (
        f"Scaling samples by 0.1 to 2 changes no estimate by more than {level:.3f}. "
        if level
        else ""
    )
    return (
        f"{row['recordings']} recordings of 24 English speakers; the models are those trained on "
        "all of EmoDB (German) and calm readers of English. Never trained on, nothing tuned on it. "
        "*Normalised*: statistics are standardised with the mean and spread of this corpus, labels "
        "unseen. A recording's "
        "windows are heard together; *single windows* and the simple listeners (trained on EmoDB) "
        "decide window by window. Boredom is left out of the head's answers; of a text the "
        "likeliest of the six by its words counts, or, in the strict row, only what it says. These "
        "recordings are some 20 dB quieter than EmoDB's; that the floor of log-mel depended on the "
        "level was found here and put right; no recall of the ear moved by more than 0.01.\n\n"
        f"{table(['', 'unweighted recall'], body)}\n"
        f"{table(['recall by class', *classes], each)}\n"
        + (f"Texts that say another emotion than the six: {others}.\n\n" if others else "")
        + "Which of a *normal* and a *strong* recording of the same actor, emotion, statement and "
        f"repetition is the stronger; ties count half. {free}\n\n"
        f"{table(['', f'right of {pairs} pairs', 'ties'], lines)}" + (aside if above else "")
    )


def _beats(rows: Rows, name: str) -> bool:
    return name in rows and "text" in rows and bool(rows[name]["mean"] > rows["text"]["mean"])


def readers_section(row: Rows) -> str:
    """Calm readers of English."""
    corpora = ", ".join(f"{name} {count}" for name, count in row["corpora"].items())
    body, instead = [], []
    for system, label in ((WITHOUT, "fitted to EmoDB alone"), (READERS, "as it ships")):
        for how, part in row["systems"].get(system, {}).items():
            names = [name for name in part["rows"] if name != "all"]
            shares = [percents(part["rows"][name]) for name in ("all", *names)]
            body.append([f"{label}: {how}", *shares])
            said = ", ".join(f"{name} {count}" for name, count in part["said"].items())
            instead.append(f"- {label}, {how}: {said}.\n")
    return (
        f"{row['recordings']} recordings of {row['speakers']} speakers ({corpora}; at most 5 s of "
        "each, windows heard together) of the validation and test parts of the split: the ear was "
        "fitted to none of them, the speech encoder neither; kathleen is one voice, here with "
        "other sentences than those it was fitted to. Share that is neutral or calm: *heard*, "
        "the likeliest of seven emotions; *text*, what the table's words say. Nothing was chosen "
        "by them.\n\n"
        f"{table(['', 'all', *names], body)}\n" + "".join(instead)
    )


def words_section(row: Rows) -> str:
    """Table 3."""
    body = [
        [label, *(interval(row["systems"][name][metric]) for metric in METRICS)]
        for name, label in SYSTEM_NAMES.items()
        if name in row["systems"]
    ]
    if row["all clips"] > row["clips"]:
        every = [interval(row["full, all clips"][metric]) for metric in METRICS]
        body.append([f"full, all {row['all clips']} recordings", *every])
    return (
        f"{row['clips']} recordings of speakers left out ({', '.join(row['speakers'])}: the "
        "ablations were fitted without these), one text each, against "
        f"{row['references']} held-out phrasings, which no training text uses. BLEU over the "
        "corpus; METEOR by nltk with WordNet; ROUGE-L with the best reference; CIDEr-D. SPICE is "
        "replaced by *facts F1*: emotion, action units and grade of strength as read from the "
        "text and from the best reference. *Emotion read*: share of texts that say what was "
        "acted. The system without language model is a small decoder on the Q-Former, as BLIP-2's, "
        "which writes one text and ranks none: *full, one candidate* is what stands beside it. "
        "Most of these intervals overlap.\n\n" + table(["", *METRICS], body)
    )


def generations_section(row: Rows) -> str:
    """200 texts."""
    shown = [
        f"{i}. *{example['emotion']}*, {example['clip']}: {example['text']}"
        for i, example in enumerate(row["examples"], 1)
    ]
    refused = "".join(f"- Not parsed: {text}\n" for text in row["ungrammatical"])
    return (
        f"{row['texts']} texts at even steps through the windows of speakers left out, each with "
        "its window's number as seed, at default settings, unpicked.\n\n"
        f"- Found word for word within one of {row['training texts']:,} training texts: "
        f"{percents(row['copied'])}; of {row['sentences']} single sentences "
        f"{percent(row['sentences copied'])} (of the {row['long sentences']} with ten words or "
        f"more {percent(row['long sentences copied'])}), and "
        f"{percent(row['texts with a copied sentence'])} of the texts have one such sentence.\n"
        f"- Distinct-2 {row['distinct-2']:.3f}; {row['different']} different texts; "
        f"{row['words']:.1f} words each.\n"
        f"- Parsed whole by link-grammar: {percent(row['grammatical'])}.\n{refused}\n"
        f"{len(shown)} of them, at even steps again, unedited, with the emotion acted:\n\n"
        + "\n".join(shown)
        + "\n"
    )


def space_section(row: Rows) -> str:
    """Figure 8."""
    return (
        f"![t-SNE of mean queries by emotion](../images/{row['picture']})\n\n"
        f"{row['recordings']} recordings of speakers left out, one window each; the folds' spaces "
        "are rotated onto one another without labels. Silhouette by emotion, cosine: "
        f"{interval(row['queries'])} of mean queries, {interval(row['statistics'])} of the "
        f"statistics that go in, {interval(row['queries, shuffled labels'])} with labels "
        "shuffled.\n"
    )


def time_section(row: Rows) -> str:
    """Time."""
    body = [[f"{part['seconds']:.0f} s", f"{part['ratio']:.3f}"] for part in row["lengths"]]
    return (
        f"{row['machine']}. Encoder and `Instructor.write` after warm-up, over the audio's "
        f"length:\n\n{table(['audio', 'ratio'], body)}\n"
        f"A {row['cold_audio_s']:.0f} s clip by `avitalk instruct`, from the start of the process "
        f"to its file, files already in the system's cache: {row['cold_s']:.1f} s.\n"
    )


def page(saved: Rows, notes: str = "") -> str:
    """The whole page, of the parts that there are."""
    sections: Sequence[tuple[str, str, Any]] = (
        ("recall", "EmoDB, one speaker left out", recall_section),
        ("ravdess", "RAVDESS, another language, never trained on", ravdess_section),
        ("readers", "Calm readers of English, never trained on", readers_section),
        ("words", "What each part brings to the words (table 3)", words_section),
        ("generations", "Texts, unpicked", generations_section),
        ("space", "Voices by emotion (figure 8)", space_section),
        ("time", "Time", time_section),
    )
    asked = table(["", "measured", "asked", "reached"], [bar.line() for bar in bars(saved)])
    parts = [
        f"## {title}\n\n{make(saved[name])}" for name, title, make in sections if name in saved
    ]
    if notes.strip():
        parts.append(f"## Notes\n\n{notes.strip()}\n")
    return (
        "# Stage 1: what is heard in a voice and written for the face\n\n"
        "Generated from `instruct.json` beside this page. Intervals are 95 %, by bootstrap over "
        f"recordings. Each part is made by:\n\n{COMMANDS}\n## Gates and targets\n\n{asked}\n"
        + (f"{_strictly(saved['recall'])}\n" if "recall" in saved else "")
        + "\n".join(parts)
    )
