/// <reference types="node" />
/** Serves the page to look at the stage; STAGE_DATA is a folder with faces and motions, `shots/` in it takes pictures. */

import { createWriteStream, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { defineConfig } from "vite";

const data = process.env.STAGE_DATA ?? "stage-data";

export default defineConfig({
  root: join(import.meta.dirname, "../../.."),
  publicDir: data,
  cacheDir: join(data, "cache"),
  plugins: [
    {
      name: "keep",
      configureServer(server) {
        server.middlewares.use("/save", (request, response) => {
          mkdirSync(join(data, "shots"), { recursive: true });
          request.pipe(createWriteStream(join(data, "shots", basename(request.url ?? "x")))).on("finish", () => response.end());
        });
      },
    },
  ],
});
