import { defineConfig } from "@playwright/test";

import { MAMMOSCOPE, ORIGIN, READY } from "./e2e/environment";

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/makeFixtures.ts",
  // Two cores: while one test waits for the page, the other works.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 20_000 },
  use: {
    baseURL: ORIGIN,
    colorScheme: "dark",
    viewport: { width: 1360, height: 900 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  webServer: {
    command: `"${MAMMOSCOPE}" serve --port 0`,
    wait: { stderr: READY },
    // A server that was left running may be an older build.
    reuseExistingServer: false,
    timeout: 60_000,
  },
});
