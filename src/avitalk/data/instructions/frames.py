"""Sentence frames: what a director or an animator would say, with slots for the facts.

Slots: {s} {p} {o} who performs (subject, owner, object) and 'verb|verbs' that agrees with it;
{adj} {adj1} {noun} {adv} {scene} the feeling (after a verb, before a noun, ...);
{bare} {state} {does} {do} {doing} {agent} {thing} {passive} the movements as a list;
{names} {numbers} the action units; {c} an optional course (', easing as the voice drops');
{changing} {changes} {change} {as} the course; {vadj} {vone} {vadv} the voice; {manner} {percent}.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames of one kind: those for training and those held out."""

    usual: tuple[str, ...]
    held_out: tuple[str, ...]


FEELING_AND_FACE: Final = Frames(
    (
        "{s} sound|sounds {adj}: {bare}{c}.",
        "{s} sound|sounds {adj}, with {state}{c}.",
        "{s} are|is {adj}, and it shows: {does}{c}.",
        "Show {noun} with {thing}{c}.",
        "Give {o} {thing}, like someone {scene}.",
        "Let {noun} show: {do}{c}.",
        "Out of {noun}, {s} {agent}{c}.",
        "{s} speak|speaks {adv}, {doing}{c}.",
        "Like someone {scene}, {s} {agent}{c}.",
        "{s} wear|wears a {adj1} look: {bare}{c}.",
        "{s} show|shows a {adj1} face, with {thing}{c}.",
        "{s} look|looks {adj}; {does}{c}.",
        "To look {adj}, {do}{c}.",
        "Because {s} are|is {adj}, {does}{c}.",
        "With {thing}, {s} look|looks {adj}{c}.",
        "{do}{c}; {s} are|is {adj}.",
        "The mood is one of {noun}: {does}{c}.",
        "There is {noun} here: {passive}{c}.",
        "We hear {noun}, so {do}{c}.",
        "You can tell that {s} are|is {adj} from {thing}.",
        "Make {o} look {adj}: {do}{c}.",
        "{s} react|reacts with {noun}: {does}{c}.",
        "Think of someone {scene}: {passive}{c}.",
        "{s} feel|feels {adj} and {agent}{c}.",
        "{s} talk|talks like someone {scene}, with {state}{c}.",
        "Keep {p} face {adj}: {do}{c}.",
        "There is {noun} in {p} face, with {thing}{c}.",
        "Act {adj}: {do}{c}.",
        "A {adj1} expression comes through: {does}{c}.",
        "The line comes out {adv}, with {state}{c}.",
        "Every word carries {noun}, so {do}{c}.",
        "{s} seem|seems {adj}, {doing}{c}.",
        "Now {s} get|gets {adj}: {bare}{c}.",
        "The face turns {adj}: {passive}{c}.",
        "Underneath the words there is {noun}; {do}{c}.",
        "Imagine someone {scene}: {does}{c}.",
        "{s} deliver|delivers this {adv}, with {thing}{c}.",
        "This line wants {noun}: {do}{c}.",
        "{does}, as if {s} were {adj}.",
        "{s} {agent}{c}, sounding {adj}.",
        "{s} {agent} like someone {scene}.",
        "A {adj1} reading: {bare}{c}.",
        "Put {noun} into the face with {thing}{c}.",
        "What we hear is {noun}; {passive}{c}.",
        "{does}{c}: {s} are|is {adj}.",
        "{s} would be {adj} here, so {do}{c}.",
    ),
    (
        "Direct {o} toward {noun}: {do}{c}.",
        "The sound of it is {adj}, so {do}{c}.",
        "There is something {adj} about {o}: {does}{c}.",
        "{noun} colours the face through {thing}{c}.",
        "{s} let|lets {noun} through, {doing}{c}.",
        "Picture someone {scene} and {do}{c}.",
        "{s} appear|appears {adj}: {bare}{c}.",
        "For a {adj1} performance, {do}{c}.",
        "It all comes from {noun}: {passive}{c}.",
        "{s} must appear {adj}, {doing}{c}.",
        "Anyone would see {noun} in {thing}{c}.",
        "{p} face gives away {noun}: {does}{c}.",
        "Let the audience see {noun} in {thing}{c}.",
        "If {s} are|is to be {adj}, {do}{c}.",
        "{s} say|says the line {adv}: {does}{c}.",
        "It should look as if {s} were {adj}: {does}{c}.",
        "Here we want someone {adj}, so {do}{c}.",
        "{noun} comes over {o}, and {does}{c}.",
        "{noun} takes hold of {o}: {passive}{c}.",
        "{s} have|has the look of someone {scene}, with {state}{c}.",
        "{p} expression is {adj} throughout, with {thing}{c}.",
        "We should find that {s} are|is {adj}, with {thing}{c}.",
        "Sound and face agree: {s} are|is {adj}, and {does}{c}.",
    ),
)

FEELING: Final = Frames(
    (
        "{s} sound|sounds {adj}.",
        "{s} are|is {adj}.",
        "The mood is {adj}.",
        "{s} say|says it {adv}.",
        "There is {noun} in {p} voice.",
        "The line carries {noun}.",
        "Play it {adv}.",
        "Think of someone {scene}.",
        "{s} feel|feels {adj}.",
        "Let us see {noun}.",
        "Make it {adj}.",
        "This is {noun}.",
        "It is a {adj1} line.",
        "The words come out {adv}.",
        "{s} speak|speaks like someone {scene}.",
        "The character is {adj} by now.",
        "Everything about {o} is {adj}.",
        "We should sense {noun}.",
        "The feeling is {noun}.",
        "Aim for a {adj1} look.",
    ),
    (
        "The scene asks for {noun}.",
        "Nobody could miss {noun}.",
        "{p} whole manner is {adj}.",
        "Deliver it {adv}.",
        "Treat it as {noun}.",
        "{s} must sound {adj}.",
        "{p} tone gives away {noun}.",
        "Someone {scene} would talk like this.",
        "We are to believe that {s} are|is {adj}.",
        "{p} manner speaks of {noun}.",
    ),
)

FACE: Final = Frames(
    (
        "{does}{c}.",
        "{do}{c}.",
        "{passive}{c}.",
        "{s} {agent}{c}.",
        "You can see {thing}{c}.",
        "The face shows {thing}{c}.",
        "Start with {thing}{c}.",
        "Animate {thing}{c}.",
        "Add {thing}{c}.",
        "Give {o} {thing}{c}.",
        "{s} speak|speaks with {state}{c}.",
        "On the face, {does}{c}.",
        "We see {thing}{c}.",
        "Look for {thing}{c}.",
        "The camera should catch {thing}{c}.",
        "Have {o} {do}{c}.",
        "Block in {thing}{c}.",
        "See how {does}{c}.",
        "For this line {does}{c}.",
        "{s} start|starts {doing}{c}.",
        "Build the face from {thing}{c}.",
        "While {s} talk|talks, {does}{c}.",
        "{s} need|needs {thing}{c}.",
        "Work in {thing}{c}.",
        "Meanwhile {passive}{c}.",
        "Have the rig {do}{c}.",
    ),
    (
        "Key {thing}{c}.",
        "Throughout, {passive}{c}.",
        "I want to see {thing}{c}.",
        "Ask {o} to {do}{c}.",
        "What you see is {thing}{c}.",
        "{s} go|goes on talking with {state}{c}.",
        "Bring in {thing}{c}.",
        "Sketch {thing}{c}.",
        "Finish with {thing}{c}.",
        "As {s} talk|talks on, {does}{c}.",
        "Let the audience find {thing}{c}.",
        "{p} features tell the rest: {does}{c}.",
    ),
)

COURSE: Final = Frames(
    (
        "The expression {changes} {as}.",
        "The look {changes} {as}.",
        "Let it {change} {as}.",
        "All of this {changes} {as}.",
        "{as}, the expression {changes}.",
        "The whole face {changes} {as}.",
        "Let the expression {change} {as}.",
        "It {changes} {as}.",
        "The feeling {changes} {as}.",
        "{as}, let it {change}.",
        "Have the look {change} {as}.",
        "The effect {changes} {as}.",
        "The effort in the face {changes} {as}.",
        "Make the shape {change} {as}.",
    ),
    (
        "What we see {changes} {as}.",
        "Time it so that the expression {changes} {as}.",
        "{as}, everything {changes}.",
        "The pose {changes} {as}.",
        "The shape of the face {changes} {as}.",
        "{as}, the whole picture {changes}.",
    ),
)

VOICE: Final = Frames(
    (
        "The voice is {vadj}.",
        "{s} speak|speaks {vadv}.",
        "{s} use|uses a {vone} voice.",
        "The line comes {vadv}.",
        "The voice stays {vadj}.",
        "It is spoken {vadv}.",
        "We hear a {vone} voice.",
        "The words come {vadv}.",
        "{s} talk|talks {vadv}.",
        "The voice sounds {vadj}.",
        "{p} voice is {vadj}.",
        "Match the {vone} voice.",
        "Follow the voice, which is {vadj}.",
    ),
    (
        "The sound of the voice is {vadj}.",
        "{s} say|says it {vadv}.",
        "Hear the {vone} voice.",
        "A {vone} voice carries the line.",
    ),
)

VOICE_AND_FEELING: Final = Frames(
    (
        "{s} speak|speaks {vadv} and sound|sounds {adj}.",
        "In a {vone} voice, {s} sound|sounds {adj}.",
        "The voice is {vadj}, and {s} are|is {adj}.",
        "The {vone} voice gives away {noun}.",
        "Speaking {vadv}, {s} seem|seems {adj}.",
        "There is {noun} in the {vone} voice.",
        "{s} are|is {adj}, and the voice is {vadj}.",
        "{s} sound|sounds {adj} and talk|talks {vadv}.",
        "We hear {noun} in a {vone} voice.",
        "The {vone} voice is that of someone {scene}.",
    ),
    (
        "A {vone} voice tells us that {s} are|is {adj}.",
        "{s} talk|talks {vadv}; {s} are|is {adj}.",
        "From the {vone} voice we take {o} to be {adj}.",
    ),
)

VOICE_AND_FACE: Final = Frames(
    (
        "The voice is {vadj}, and {does}{c}.",
        "Speaking {vadv}, {s} {agent}{c}.",
        "{s} speak|speaks {vadv}, {doing}{c}.",
        "With the voice {vadj}, {does}{c}.",
        "{s} talk|talks {vadv} with {state}{c}.",
        "To match the {vone} voice, {do}{c}.",
        "The {vone} voice goes with {thing}{c}.",
        "Since the voice is {vadj}, {do}{c}.",
        "The voice is {vadj}; {do}{c}.",
        "While the voice is {vadj}, {passive}{c}.",
    ),
    (
        "Under a {vone} voice, {does}{c}.",
        "Let the {vone} voice come with {thing}{c}.",
        "As {s} speak|speaks {vadv}, {do}{c}.",
    ),
)

STRENGTH: Final = Frames(
    (
        "Keep the performance {manner}.",
        "It is a {manner} performance.",
        "The delivery is {manner}.",
        "Play it at about {percent} percent of full effort.",
        "Set the whole expression to about {percent} percent.",
        "Think of a {manner} delivery.",
        "All of it should be {manner}.",
        "Overall the acting is {manner}.",
        "It takes about {percent} percent of what {s} can give.",
        "The effort is {manner}.",
        "{s} give|gives a {manner} reading.",
        "The acting stays {manner}.",
    ),
    (
        "Choose a {manner} performance.",
        "Hold it at roughly {percent} percent.",
        "A {manner} effort is enough.",
        "The result ought to be {manner}.",
    ),
)

UNITS: Final = Frames(
    (
        "Bring in {names} at about {percent} percent.",
        "Drive {names} at about {percent} percent.",
        "Most of the work comes from action units {numbers} at about {percent} percent.",
        "Use {names} at roughly {percent} percent.",
        "Take {names} to about {percent} percent.",
        "In FACS terms, use {names} at {percent} percent.",
        "Key action units {numbers} at about {percent} percent.",
    ),
    (
        "Raise {names} to around {percent} percent.",
        "Most of it comes from {names} at {percent} percent.",
        "Let action units {numbers} work at {percent} percent.",
    ),
)

DENIAL: Final = Frames(
    (
        "There should be no {other}.",
        "Keep it free of any {other}.",
        "Leave out any {other}.",
        "{s} do|does this without a {other}.",
        "It never becomes a {other}.",
    ),
    (
        "Do not let it turn into a {other}.",
        "I do not want a {other} here.",
    ),
)

KINDS: Final[dict[str, Frames]] = {
    "FF": FEELING_AND_FACE, "M": FEELING, "F": FACE, "C": COURSE, "V": VOICE,
    "VM": VOICE_AND_FEELING, "VF": VOICE_AND_FACE, "G": STRENGTH, "U": UNITS, "N": DENIAL,
}  # fmt: skip

PLANS: Final[tuple[tuple[float, tuple[str, ...]], ...]] = (
    (16, ("FF",)),
    (8, ("FF", "V")), (8, ("V", "FF")), (8, ("FF", "C")), (5, ("FF", "F")), (5, ("FF", "G")),
    (9, ("M", "F")), (5, ("F", "M")), (4, ("M", "F", "C")), (3, ("M", "VF")), (3, ("VF", "M")),
    (6, ("VM", "F")), (3, ("F", "VM")), (3, ("VM", "F", "C")), (3, ("M", "F", "V")),
    (3, ("M", "F", "G")), (2, ("M", "F", "F")), (2, ("FF", "N")), (3, ("M", "U")),
    (2, ("FF", "U")), (2, ("VM", "U")), (2, ("G", "FF")), (1.5, ("F", "G")), (1.5, ("VF", "C")),
    (1.5, ("F", "C", "V")),
)  # fmt: skip
"""Weight and kinds of sentences, in order, that make one instruction."""
