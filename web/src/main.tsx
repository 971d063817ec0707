// Where the page begins.
import { render } from "preact";
import "./style/base.css";
import "./style/controls.css";
import "./style/over.css";
import "./style/panels.css";
import "./style/layout.css";
import "./style/timeline.css";
import { begin } from "./session";
import { App } from "./ui/App";
import { applyTheme } from "./theme";
import "./window";

applyTheme();
const root = document.getElementById("app")!;
root.replaceChildren();
render(<App />, root);
void begin();
