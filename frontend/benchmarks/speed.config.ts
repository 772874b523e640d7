/** `npm run speed`: how soon the page stands there, and how evenly the viewer draws. */

import { defineConfig } from "@playwright/test";

import base from "../playwright.config";

export default defineConfig({
  ...base,
  globalSetup: [],
  testDir: ".",
  testMatch: "*.speed.ts",
  timeout: 300_000,
  // What is measured is measured alone.
  workers: 1,
});
