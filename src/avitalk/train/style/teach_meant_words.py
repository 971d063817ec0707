"""What moods, characters and situations show in a face: our own judgement, written by hand.

Each entry: shares of emotions, strength, then moods (adjectives), people, and what 'she has just'
done. These texts teach what no word of the table says; many more are left to the tower's sense of
what is alike.
"""

from dataclasses import dataclass
from typing import Final

from avitalk.train.style.lines_people import parts


@dataclass(frozen=True, slots=True)
class Meant:
    """Phrases that show alike."""

    emotions: tuple[tuple[str, float], ...]
    strength: float
    moods: tuple[str, ...]
    people: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


def _of(
    emotions: dict[str, float], strength: float, moods: str, people: str = "", done: str = ""
) -> Meant:
    return Meant(tuple(emotions.items()), strength, parts(moods), parts(people), parts(done))


MEANT: Final = (
    _of({"happiness": 1.0}, 0.9,
        "thrilled, ecstatic, overjoyed, euphoric, elated, beaming, hyper, exuberant, "
        "triumphant, victorious, over the moon, on cloud nine, bursting with joy",
        "winner, champion, cheerleader, game show host, lottery millionaire, proud new father, "
        "child on Christmas morning, bride",
        "passed the exam, got promoted, been given a medal, scored a goal, become a father, got "
        "the dream job, been told that the war is over, won the gold medal, got engaged"),
    _of({"happiness": 1.0}, 0.6,
        "cheerful, merry, jolly, bubbly, bouncy, upbeat, sunny, radiant, enthusiastic, "
        "energetic, lively, warm, friendly, welcoming, affectionate, loving, adoring, charming, "
        "good-humoured",
        "tour guide, kindergarten teacher, flight attendant, talk show host, puppy, birthday "
        "child, clown at a party, grandmother baking cookies, happy camper, comedian",
        "received flowers, met an old friend, found money in the street, heard a good joke, "
        "started the holidays, finished work for the day, come home after years, found a puppy"),
    _of({"happiness": 1.0}, 0.35,
        "amused, content, satisfied, pleased, grateful, thankful, hopeful, optimistic, proud, "
        "encouraging, supportive, kind, tender, gentle, admiring, fond, in a good mood",
        "nurse, waitress, babysitter, librarian who likes you, fairy, best friend, host",
        "eaten a good meal, solved a riddle, been praised, got a compliment, opened a present"),
    _of({"happiness": 0.6, "surprise": 0.4}, 0.7,
        "amazed, awestruck, excited, giddy, eager, pleasantly surprised, delightedly "
        "astonished, fascinated, full of wonder, unable to believe your luck",
        "child at the circus, fan meeting a star, discoverer, treasure hunter",
        "discovered a treasure, met a celebrity, seen a shooting star, unwrapped the perfect "
        "gift, been surprised by a party, drawn the winning number"),
    _of({"happiness": 0.55, "contempt": 0.45}, 0.55,
        "smug, cocky, conceited, self-satisfied, mischievous, cheeky, sly, cunning, gloating, "
        "self-important, playful and superior, scheming, devilish, wicked",
        "villain, evil genius, con artist, used car salesman, trickster, fox, spoiled prince, "
        "casino owner, cat that got the cream",
        "pulled off the perfect crime, won an argument, beaten a rival, got away with it, "
        "planned a prank, been proven right, tricked the teacher"),
    _of({"happiness": 0.6, "calm": 0.4}, 0.4,
        "relieved, dreamy, romantic, lovesick, tender-hearted, blissful, cosy, mellow, "
        "flattered, enchanted, flirty, flirtatious, seductive",
        "lover, poet in love, angel, yoga teacher, grandfather with his grandchild, storyteller",
        "fallen in love, been kissed, held a newborn baby, been forgiven, tasted heaven, got "
        "home safely, escaped danger"),
    _of({"sadness": 1.0}, 0.9,
        "heartbroken, devastated, grieving, mourning, sobbing, crying, in tears, bereaved, "
        "broken, tormented by grief",
        "widow, orphan, mourner, mother who lost her child, abandoned child, weeping willow",
        "buried a friend, lost the dog, been told that her father died, said goodbye forever, "
        "lost everything in a fire, been left at the altar"),
    _of({"sadness": 1.0}, 0.55,
        "gloomy, glum, depressed, dejected, hurt, wounded, disappointed, let down, lonely, "
        "homesick, betrayed, rejected, hopeless, defeated, regretful, weepy, sorry for yourself",
        "loser, beggar, refugee, sad clown, dumped boyfriend, prisoner without hope, old dog, "
        "lonely widow, losing candidate",
        "been dumped, lost the final, failed an exam, received bad news, got fired, been "
        "rejected, missed the last chance, seen the dog being put down, not been invited"),
    _of({"sadness": 0.6, "calm": 0.4}, 0.35,
        "wistful, nostalgic, melancholic, pensive, thoughtful, resigned, weary, tired, "
        "exhausted, worn out, compassionate, sympathetic, pitying",
        "old sailor, retired dancer, poet, hospice nurse, philosopher in the rain, farewell "
        "guest",
        "looked at old photographs, watched a sad film, heard an old song, let an old dream go, "
        "worked a double shift"),
    _of({"sadness": 0.6, "fear": 0.4}, 0.5,
        "ashamed, guilty, sheepish, humiliated, mortified, apologetic, pleading, begging, "
        "desperate, vulnerable, insecure, self-conscious",
        "sinner, child caught stealing, liar found out, condemned man, beggar at the door",
        "broken a vase, been caught lying, spilled coffee on the shirt, forgotten the wedding "
        "anniversary, been humiliated in front of everyone, disappointed her parents"),
    _of({"happiness": 0.5, "fear": 0.5}, 0.3,
        "embarrassed, shy, bashful, coy, awkward, nervous but happy, giggling nervously, "
        "sweetly shy",
        "schoolgirl with a crush, boy on a first date, debutant on stage",
        "been complimented by her crush, forgotten the lines, waved at the wrong person"),
    _of({"anger": 1.0}, 0.9,
        "raging, hateful, murderous, boiling, vengeful, foaming at the mouth, ready to kill, "
        "bloodthirsty, out of control with anger, explosive",
        "angry mob, berserk warrior, dictator, enraged bull, ogre, football hooligan, devil, "
        "screaming boss, betrayed wife, demon",
        "been cheated on, been betrayed, discovered that he was robbed, seen his car smashed, "
        "found out that she lied for years, been slapped"),
    _of({"anger": 1.0}, 0.6,
        "hostile, stern, commanding, threatening, menacing, fierce, aggressive, bossy, defiant, "
        "rebellious, bitter, spiteful, accusing, scolding, tough, combative",
        "sergeant, boxer, gangster, mafia boss, bully, warrior, general, strict headmaster, "
        "prison guard, prosecutor, coach at half time, executioner, viking, wrestler",
        "been insulted, been cheated, been lied to, been robbed, lost an argument, been "
        "accused, been cut off in traffic, found the door locked"),
    _of({"anger": 1.0}, 0.35,
        "grumpy, cranky, sulky, sullen, moody, impatient, irritable, strict, stubborn, "
        "resolute, determined, serious and annoyed, intense, jealous, envious, put out, in a "
        "bad mood",
        "bouncer, referee, parking attendant, sulking child, tax inspector, grumpy cat, old "
        "grouch, annoyed neighbour, customer with a complaint",
        "been interrupted again, been stuck in traffic for hours, hit a thumb with a hammer, "
        "missed the bus, been kept on hold, stepped on a toy, been asked a stupid question"),
    _of({"anger": 0.6, "happiness": 0.4}, 0.75,
        "insane, deranged, unhinged, manic, crazy, evil, sinister, maniacal, diabolical, "
        "sadistic",
        "mad scientist, psychopath, serial killer, maniac, evil twin, witch, monster, goblin, "
        "joker",
        "set the city on fire, trapped his enemy, brought the monster to life"),
    _of({"anger": 0.6, "disgust": 0.4}, 0.6,
        "resentful, outraged and disgusted, indignant, appalled, scandalised, offended",
        "moral preacher, disgruntled critic, offended aunt",
        "read a lying newspaper, seen somebody kick a dog, heard a filthy insult"),
    _of({"fear": 1.0}, 0.9,
        "panicked, hysterical, frantic, scared to death, screaming with fear, frozen with fear, "
        "horror-stricken, in mortal danger",
        "hostage, victim, prey, survivor of a shipwreck, passenger in a falling plane, woman "
        "chased by a killer",
        "seen a ghost, been chased by a bear, heard a gunshot, walked through a haunted house, "
        "found a snake in the bed, felt the ground shake, seen the monster"),
    _of({"fear": 1.0}, 0.5,
        "tense, stressed, overwhelmed, worried sick, paranoid, jumpy, timid, frightened, "
        "uneasy, anxious, restless, haunted, on the edge of panic, dreading it",
        "coward, patient before surgery, witness in court, lost child, burglar hearing a noise, "
        "worried father, student before an exam, rabbit, refugee at the border",
        "been followed home, heard a noise in the dark, been diagnosed with an illness, lost "
        "her child in the crowd, been threatened, missed an important deadline, received a "
        "summons"),
    _of({"fear": 0.6, "neutral": 0.4}, 0.35,
        "wary, hesitant, unsure, doubtful, cautious, suspicious, apprehensive, vigilant, alert, "
        "concerned, mysterious, secretive, conspiratorial",
        "spy, secret agent, guard on watch, detective on a trail, intern on the first day, job "
        "applicant, newcomer",
        "noticed a stranger, heard a rumour, been told a secret, found the door open"),
    _of({"disgust": 1.0}, 0.7,
        "repulsed, revolted, nauseous, queasy, grossed out, about to throw up, sickened",
        "picky eater, food critic with a hair in the soup, germophobe, hangover patient",
        "bitten into a lemon, smelled rotten milk, stepped in something disgusting, swallowed a "
        "fly, found a worm in the apple, opened the rubbish bin, eaten a bad oyster"),
    _of({"disgust": 0.5, "contempt": 0.5}, 0.5,
        "disdainful, snobbish, judgemental, haughty, disapproving, fastidious, prissy, snooty",
        "snob, aristocrat, diva, art critic, fashion editor, mean girl, wine taster, duchess",
        "been served cheap wine, seen a cheap copy, met an ex-husband, been offered fast food"),
    _of({"contempt": 1.0}, 0.6,
        "mocking, sneering, sarcastic, ironic, sardonic, cynical, dismissive, condescending, "
        "patronising, snide, arrogant, superior, smirking, sassy, unimpressed, scoffing, "
        "derisive",
        "cynic, know-it-all, rival, arrogant professor, critic, hipster, cool kid, ex- "
        "girlfriend, poker player, sarcastic comedian, mean judge",
        "heard a bad excuse, seen through a lie, listened to a fool, beaten a beginner, heard a "
        "terrible joke, been challenged by an amateur"),
    _of({"surprise": 1.0}, 0.85,
        "shocked, stunned, startled, speechless, thunderstruck, flabbergasted, dumbfounded, "
        "gobsmacked, unable to believe it, jaw-dropped, taken aback",
        "bystander at an explosion, man struck by lightning, witness of a miracle",
        "seen a car crash, seen an alien, heard the shocking news, been hit by cold water, "
        "found a body, seen the bill, woken up in another country, seen a dead man walk"),
    _of({"surprise": 1.0}, 0.45,
        "incredulous, disbelieving, curious, intrigued, interested, expectant, attentive, wide- "
        "eyed, naive, innocent, questioning, quizzical",
        "toddler, baby, kitten, tourist in a big city, explorer, owl, student of magic",
        "heard a strange noise, noticed something odd, got an unexpected letter, been asked "
        "out, learned a new fact, seen a magic trick"),
    _of({"surprise": 0.5, "fear": 0.5}, 0.45,
        "confused, puzzled, perplexed, bewildered, baffled, lost, disoriented, dazed, dizzy, "
        "unsettled, clueless, confused and worried",
        "time traveller, sleepwalker, tourist without a map, amnesiac, android with a fault",
        "understood nothing, woken up in a strange room, forgotten her own name, lost the way, "
        "got on the wrong train, been asked in a foreign language"),
    _of({"boredom": 1.0}, 0.7,
        "uninterested, indifferent, apathetic, listless, sluggish, lazy, drowsy, sleepy, half "
        "asleep, dull, lifeless, jaded, tuned out, fed up with waiting, yawning, dead inside",
        "insomniac, night watchman, cashier at the end of a shift, zombie, museum guard, sloth, "
        "commuter, clerk stamping forms, drunk, stoner",
        "watched a boring lecture, listened to a long speech, heard the same story a hundred "
        "times, woken up too early, sat through a meeting, not slept for days, waited for hours"),
    _of({"boredom": 0.6, "contempt": 0.4}, 0.5,
        "blase, world-weary, nonchalant, unimpressed and tired, too cool to care, rolling the "
        "eyes, aloof, couldn't care less",
        "supermodel, rock star, teenage rebel, cat, jaded detective, rich kid",
        "been told the rules again, seen it all before, been asked the same question again"),
    _of({"calm": 1.0}, 0.6,
        "peaceful, relaxed, tranquil, composed, zen, soothing, comforting, patient, at ease, "
        "unhurried, meditative, sleepy and content, laid-back, carefree",
        "monk, nun, therapist, meditation guide, hypnotist, priest, gardener, fisherman at "
        "dawn, Buddha, yoga master, midwife",
        "had a long bath, slept all night, meditated, watched the sunset, finished a cup of tea"),
    _of({"neutral": 1.0}, 0.5,
        "blank, expressionless, emotionless, deadpan, poker-faced, stoic, detached, distant, "
        "robotic, wooden, stiff, formal, businesslike, professional, objective, matter-of-fact, "
        "focused, composed and serious, solemn, unreadable, stone-faced",
        "robot, android, news anchor, newsreader, butler, pilot, surgeon at work, statue, "
        "accountant, judge, soldier on parade, weather presenter, diplomat, mannequin",
        "read the news, checked the time, filled in a form, locked the door"),
)  # fmt: skip

NOT_MEANT: Final = (
    "won the lottery", "creepy clown", "drill sergeant", "bored teenager", "worried mother",
    "not angry", "trying not to cry", "slightly amused", "extremely amused",
)  # fmt: skip
"""Texts that writers are judged by are in no lesson written here."""
