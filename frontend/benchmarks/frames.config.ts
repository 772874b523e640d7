/** `npm run frames`: how evenly the viewer draws, on a picture of a detector's size. */

import { defineConfig } from "@playwright/test";

import base from "../playwright.config";

export default defineConfig({
  ...base,
  globalSetup: [],
  testDir: ".",
  testMatch: "*.frames.ts",
  timeout: 300_000,
});
