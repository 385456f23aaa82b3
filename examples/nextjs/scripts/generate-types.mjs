// Writes the TypeScript types of the gateway's published schema: node generate-types.mjs SCHEMA OUTPUT

import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const [, , schemaFile, outputFile] = process.argv;
if (!schemaFile || !outputFile) {
  console.error("Usage: node generate-types.mjs SCHEMA OUTPUT");
  process.exit(2);
}
const { title, description, oneOf, $defs } = JSON.parse(await readFile(schemaFile, "utf8"));
const contract = {
  description: "What is exchanged with the gateway.",
  type: "object",
  properties: {
    request: { $ref: `#/$defs/${title}` },
    slots: { $ref: "#/$defs/SlotsAnswer" },
    answer: { $ref: "#/$defs/ActionAnswer" },
  },
  required: ["request", "slots", "answer"],
  $defs: { ...$defs, [title]: { description, oneOf } },
};
const types = await compile(contract, "Contract", {
  additionalProperties: false,
  bannerComment: "// Generated from the gateway's docs/actions.schema.json by `npm run types`. Do not edit.",
});
await writeFile(outputFile, types);
