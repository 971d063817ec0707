/** Names of morph targets and bones as people and programs spell them in, what they mean out. */

import { ARKIT_52 } from "./arkit";

const SIDES: Readonly<Record<string, string>> = { l: "Left", left: "Left", r: "Right", right: "Right" };
/** Lower-case ARKit name without its side -> the same as ARKit spells it. */
const BASES: ReadonlyMap<string, string> = new Map(
  ARKIT_52.map((name) => name.replace(/(Left|Right)$/, "")).map((base) => [base.toLowerCase(), base]),
);
/** What some avatars call shapes that ARKit has under another name. */
const ALIASES: Readonly<Record<string, string>> = {
  blink: "eyeBlink", eyesclosed: "eyeBlink", eyeclosed: "eyeBlink", eyeclose: "eyeBlink",
  eyesblink: "eyeBlink", eyeslookup: "eyeLookUp", eyeslookdown: "eyeLookDown", mouthopen: "jawOpen",
};
/** Alone these words name a place: jawLeft and mouthRight are shapes of their own. */
const ALWAYS_SIDED = new Set(["jaw", "mouth"]);
/** Words of bones' names that say nothing about which bone it is. */
const FILLING = new Set(
  "j bip c adj faceeye face cc base def bone jnt joint grp group mixamorig rig mch org ctrl ball armature geo bind b sk skel character avatar s f w rl g".split(" "),
);

/** ARKit names, with what each takes of the target's meaning: both sides for a shape without one. */
export function spelledShape(name: string): { name: string; gain: number }[] {
  const chunks = lastPart(name).split(/[_\s-]+/).filter(Boolean);
  for (let start = 0; start < chunks.length; start++) {
    const found = meaning(chunks.slice(start).flatMap(words));
    if (!found) continue;
    const before = chunks.slice(0, start).flatMap(words);
    // A name of two shapes is a corrective one; a side that was left over belongs to something else.
    if (before.some((word) => word in SIDES) || (start && meaning(before))) return [];
    return sided(...found);
  }
  return [];
}

/** 'head', 'left eye' or 'right eye', if that is what a node's name says. */
export function spelledBone(name: string): string | null {
  const said = new Set<string>();
  for (const word of words(name)) {
    if (word === "leye" || word === "reye") said.add(word === "leye" ? "left" : "right").add("eye");
    else if (word in SIDES) said.add((SIDES[word] as string).toLowerCase());
    else if (!FILLING.has(word)) said.add(word === "eyes" ? "eye" : word);
  }
  const sorted = [...said].sort().join(" ");
  return { head: "head", "eye left": "left eye", "eye right": "right eye" }[sorted] ?? null;
}

function sided(base: string, side: string): { name: string; gain: number }[] {
  const names = new Set<string>(ARKIT_52);
  if (names.has(base + side)) return [{ name: base + side, gain: 1 }];
  if (side) return names.has(base) ? [{ name: base, gain: 1 }] : []; // half of browInnerUp
  return ["Left", "Right"].map((one) => ({ name: base + one, gain: 0.5 }));
}

function meaning(said: string[]): [base: string, side: string] | null {
  const joined = said.join("");
  for (const [ending, side] of [["left", "Left"], ["right", "Right"], ["", ""]] as const) {
    if (!joined.endsWith(ending)) continue;
    const stem = joined.slice(0, joined.length - ending.length);
    const base = known(stem);
    if (base && (side || !ALWAYS_SIDED.has(stem))) return [base, side];
  }
  const sides = said.filter((word) => word in SIDES);
  const base = known(said.filter((word) => !(word in SIDES)).join(""));
  return sides.length === 1 && base ? [base, SIDES[sides[0] as string] as string] : null;
}

function known(stem: string): string | undefined {
  return BASES.get(stem) ?? ALIASES[stem];
}

/** 'blendShape1.mouthSmile.L' to 'mouthSmile_L': a path goes, a side and what it is of stay. */
function lastPart(name: string): string {
  const last = name.trim().split(/[:|/]/).at(-1) ?? "";
  const parts = last.split(".").filter((part) => part && !/^\d+$/.test(part));
  const end = parts.at(-1) ?? "";
  return parts.length > 1 && end.toLowerCase() in SIDES ? `${parts.at(-2)}_${end}` : end;
}

function words(chunk: string): string[] {
  return (chunk.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map((word) => word.toLowerCase());
}
