/** Writes src/apiSchema.ts from openapi.json, with the digest by which a test sees it stale. */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

import openapiTS, { astToString } from "openapi-typescript";

const description = readFileSync(new URL("../openapi.json", import.meta.url));
const digest = createHash("sha256").update(description).digest("hex");
// What has a default may be absent from an answer's type.
const types = astToString(await openapiTS(description, { defaultNonNullable: false }));
writeFileSync(
  new URL("../src/apiSchema.ts", import.meta.url),
  `/** Generated from openapi.json by \`make api-types\`; not to be edited. SHA-256 of it: ${digest} */\n\n${types}`,
);
