"""Characters, moods and situations as directors say them, written for this package by hand.

They only widen what the text tower can read (its teacher says what they mean); no expression is
tied to any of them here.
"""

from typing import Final


def parts(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


PEOPLE: Final = parts(
    "teenager, toddler, baby, grandmother, grandfather, mother, father, sister, brother, "
    "nurse, doctor, surgeon, patient, teacher, pupil, student, professor, librarian, judge, "
    "lawyer, policeman, detective, suspect, witness, prisoner, guard, soldier, drill "
    "sergeant, general, captain, pirate, sailor, cowboy, knight, king, queen, prince, "
    "princess, wizard, witch, vampire, zombie, ghost, monster, robot, android, alien, "
    "superhero, villain, henchman, mad scientist, evil genius, clown, magician, comedian, "
    "stand-up comedian, actor, actress, diva, rock star, pop singer, opera singer, dancer, "
    "ballerina, model, influencer, news anchor, reporter, weather presenter, game show host, "
    "quiz master, podcaster, radio host, sports commentator, referee, coach, boxer, wrestler, "
    "athlete, marathon runner, winner, loser, champion, fan, cheerleader, politician, "
    "president, dictator, diplomat, spy, secret agent, hacker, nerd, gamer, programmer, "
    "engineer, scientist, astronaut, pilot, flight attendant, bus driver, taxi driver, "
    "mechanic, plumber, builder, farmer, gardener, fisherman, hunter, chef, waiter, waitress, "
    "barista, bartender, shopkeeper, salesman, used car salesman, cashier, customer, "
    "receptionist, secretary, manager, boss, employee, intern, banker, accountant, "
    "businessman, billionaire, beggar, thief, burglar, gangster, mafia boss, bully, victim, "
    "nanny, babysitter, butler, maid, priest, monk, nun, preacher, fortune teller, therapist, "
    "psychologist, hypnotist, yoga teacher, meditation guide, storyteller, narrator, poet, "
    "painter, philosopher, critic, gossip, flirt, lover, bride, groom, widow, orphan, ex- "
    "girlfriend, ex-husband, best friend, rival, stranger, neighbour, landlord, tourist, "
    "hitchhiker, drunk, addict, insomniac, hangover patient, cat owner, dog trainer, parent, "
    "child, spoiled child, sulking child, schoolgirl, bookworm, hipster, snob, aristocrat, "
    "butcher, undertaker, executioner, hostage, refugee, survivor, hero, coward, fool, know- "
    "it-all, perfectionist, daydreamer, optimist, pessimist, cynic, sceptic, workaholic, "
    "auctioneer, interviewer, candidate, job applicant, examiner, customer service agent, "
    "call centre worker, tour guide, museum guard, street vendor, fairy, elf, dwarf, goblin, "
    "ogre, dragon, angel, devil, demon, werewolf, mummy, ninja, samurai, viking, gladiator, "
    "emperor, cave man, mermaid, cat, dog, owl, fox, snake, kitten, puppy"
)
MOODS: Final = parts(
    "angry, annoyed, irritated, grumpy, cranky, furious, raging, livid, bitter, hostile, "
    "stern, strict, commanding, bossy, threatening, menacing, sinister, evil, wicked, creepy, "
    "spooky, scary, happy, glad, cheerful, joyful, joyous, merry, jolly, delighted, thrilled, "
    "ecstatic, overjoyed, euphoric, elated, bubbly, bouncy, upbeat, sunny, radiant, beaming, "
    "grinning, giggly, amused, playful, mischievous, cheeky, naughty, flirty, flirtatious, "
    "seductive, coy, shy, bashful, timid, embarrassed, ashamed, guilty, sheepish, awkward, "
    "self-conscious, humiliated, mortified, proud, smug, arrogant, haughty, conceited, cocky, "
    "triumphant, victorious, confident, self-assured, determined, resolute, focused, "
    "concentrated, serious, solemn, grave, grim, stoic, deadpan, poker-faced, blank, "
    "expressionless, emotionless, neutral, calm, serene, peaceful, relaxed, tranquil, "
    "composed, zen, mellow, content, satisfied, grateful, thankful, relieved, hopeful, "
    "optimistic, expectant, eager, excited, enthusiastic, energetic, hyper, manic, crazy, "
    "insane, deranged, unhinged, wild, frantic, hysterical, desperate, panicked, terrified, "
    "scared, afraid, frightened, fearful, nervous, anxious, worried, uneasy, tense, stressed, "
    "overwhelmed, paranoid, suspicious, wary, doubtful, sceptical, unconvinced, incredulous, "
    "disbelieving, surprised, astonished, amazed, awestruck, stunned, shocked, startled, "
    "speechless, bewildered, confused, puzzled, perplexed, baffled, lost, curious, intrigued, "
    "interested, fascinated, attentive, thoughtful, pensive, dreamy, wistful, nostalgic, "
    "melancholic, sad, unhappy, gloomy, glum, sullen, sulky, moody, pouting, miserable, "
    "depressed, dejected, heartbroken, devastated, grieving, mourning, tearful, weepy, "
    "sobbing, crying, hurt, wounded, disappointed, let down, betrayed, lonely, homesick, "
    "jealous, envious, resentful, vengeful, spiteful, disgusted, repulsed, revolted, "
    "nauseous, queasy, sick, contemptuous, scornful, disdainful, sneering, mocking, "
    "sarcastic, ironic, sardonic, cynical, dismissive, condescending, patronising, snide, "
    "bored, uninterested, indifferent, apathetic, weary, tired, exhausted, sleepy, drowsy, "
    "drunk, tipsy, dizzy, dazed, hungover, lazy, listless, sluggish, impatient, restless, "
    "fidgety, twitchy, jumpy, hurried, gentle, tender, loving, affectionate, caring, kind, "
    "warm, friendly, welcoming, compassionate, sympathetic, pitying, motherly, soothing, "
    "comforting, encouraging, supportive, admiring, adoring, lovesick, romantic, passionate, "
    "intense, fierce, brave, heroic, defiant, rebellious, stubborn, sassy, sly, cunning, "
    "crafty, scheming, secretive, mysterious, conspiratorial, innocent, naive, sincere, "
    "honest, earnest, apologetic, pleading, begging, humble, submissive, dominant, regal, "
    "royal, elegant, cool, edgy, goofy, silly, dorky, quirky, whimsical, dramatic, "
    "theatrical, exaggerated, subtle, understated, cold, icy, distant, detached, aloof, "
    "robotic, stiff, wooden, lively, animated, vivid, dull, flat, lifeless, frozen, pained, "
    "in pain, agonised, tormented, strained, cringing, wincing, flinching, smirking, "
    "scowling, frowning, glaring, squinting, pouty, winking, blinking, yawning, sighing, "
    "chuckling, laughing, shouting, whispering, snarling, sneezing, gasping"
)
SITUATIONS: Final = parts(
    "won the lottery, lost the lottery ticket, failed an exam, passed the exam, got fired, "
    "got promoted, been told a secret, heard a terrible joke, heard a good joke, bitten into "
    "a lemon, smelled rotten milk, stepped in something disgusting, seen a ghost, seen a "
    "spider, seen an old friend, met a celebrity, lost a friend, lost the dog, found a puppy, "
    "missed the last train, missed the bus, been stuck in traffic for hours, waited too long, "
    "been interrupted again, been insulted, been cheated, been lied to, been caught lying, "
    "been caught stealing, broken a vase, dropped the phone, spilled coffee on the shirt, "
    "forgotten the lines, forgotten the wedding anniversary, received flowers, received bad "
    "news, received good news, opened a present, been given a medal, been dumped, fallen in "
    "love, been kissed, been slapped, been rejected, been invited to a party, not been "
    "invited, slept all night, not slept for days, woken up too early, run a marathon, eaten "
    "too much, eaten something spicy, tasted heaven, drunk too much, been diagnosed with an "
    "illness, survived a crash, heard a noise in the dark, been followed home, walked through "
    "a haunted house, jumped out of an airplane, ridden a roller coaster, held a newborn "
    "baby, buried a friend, said goodbye forever, come home after years, watched a sad film, "
    "watched a boring lecture, listened to a long speech, solved a riddle, understood "
    "everything, understood nothing, been asked a stupid question, been proven right, been "
    "proven wrong, won an argument, lost an argument, beaten a rival, lost the final, scored "
    "a goal, been robbed, found money in the street, been praised, been scolded, been "
    "humiliated in front of everyone, told a lie, kept a secret, planned a prank, pulled off "
    "the perfect crime, escaped from prison, been sentenced to death, been forgiven, forgiven "
    "an enemy, sold a car that does not work, read the news, seen the bill, finished work for "
    "the day, started the holidays, heard the same story a hundred times, discovered a "
    "betrayal, discovered a treasure, got away with it, hit a thumb with a hammer, gone to "
    "the dentist, swallowed a fly"
)
FRAMES: Final = {
    "people": ("{p}", "a {p}", "like a {p}", "like a {m} {p}", "{m} {p}", "a {m} {p}",
               "you are a {m} {p}", "speak like a {p}", "as a {p} would say it", "a very {m} {p}",
               "a {m} {q} and a {p}", "{p} who is {m}", "as if talking to a {p}"),
    "moods": ("{m}", "very {m}", "slightly {m}", "a little {m}", "extremely {m}", "not {m}",
              "{m} and {n}", "{m} but {n}", "not {m}, but {n}", "looks {m}", "sounds {m}",
              "she is {m}", "he seems {m}", "look {m}", "be {m}", "more {m}", "less {m}",
              "rather {m} than {n}", "{m} yet {n}", "with a {m} smile", "with a {m} look",
              "a {m} face", "trying not to look {m}", "pretending to be {m}", "secretly {m}",
              "{m} at first, then {n}", "absolutely {m}", "mildly {m}", "never {m}", "so {m}",
              "half {m}, half {n}", "get more and more {m}", "no longer {m}", "hardly {m}"),
    "situations": ("as if she had just {s}", "as if he had just {s}", "as if you have {s}",
                   "like someone who has {s}", "like a {p} who has just {s}", "just {s}", "{s}",
                   "as though they had {s}", "she has {s} and is {m}", "{m}, because he has {s}"),
}  # fmt: skip
