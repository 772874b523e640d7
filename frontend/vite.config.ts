import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    // Inside the Python package, so that the wheel carries the built page.
    outDir: "../mammoscope/serving/static",
    emptyOutDir: true,
    // data: URIs would need a hole in the content security policy.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: { "/api": "http://127.0.0.1:8000" },
  },
  test: {
    include: ["src/**/*.test.ts"],
  },
});
