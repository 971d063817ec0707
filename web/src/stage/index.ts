/** Everything of the stage that needs three.js; load it lazily. */

export { loadAvatar, type Binding } from "./avatar";
export { loadFace, type Face } from "./face";
export { BACKGROUNDS, CAMERAS, LIGHTS, Stage, type Choice, type Shown, type Slot, type StageOptions, type Stats } from "./stage";
export { Thumbs, type Thumb } from "./thumbs";
