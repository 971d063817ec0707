// Builds the page into the Python package. Same sources, same bytes: names carry hashes of what is in the files.
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const server = process.env.AVITALK_SERVER ?? "http://127.0.0.1:8765";

const INCLUDED = ["three", "preact", "@preact/signals", "@preact/signals-core"];

/** The licences of what is in the bundle, beside it. */
const licences: Plugin = {
  name: "licences",
  apply: "build",
  generateBundle() {
    const texts = INCLUDED.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}\n`);
    this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join("\n----\n\n") });
  },
};

export default defineConfig({
  base: "./",
  plugins: [licences],
  build: {
    outDir: "../src/avitalk/studio/static",
    emptyOutDir: true,
    sourcemap: false,
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy allows no data: scripts
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: {
      "/api": {
        target: server,
        ws: true,
        changeOrigin: true,
        // The server takes requests of its own origin only; while developing, the page has another.
        configure: (proxy) => {
          proxy.on("proxyReq", (request) => request.removeHeader("origin"));
          proxy.on("proxyReqWs", (request) => request.removeHeader("origin"));
        },
      },
    },
  },
});
