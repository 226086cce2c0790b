// Writes generated/: every type of the schema, and the types and texts of the example operations.
import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../schema/schema.graphql",
  documents: "operations/*.graphql",
  config: {
    strictScalars: true,
    scalars: { ID: "string", DateTime: "string", JSON: "unknown", MinorUnits: "number" },
    immutableTypes: true,
    useTypeImports: true,
  },
  generates: {
    "generated/schema.ts": { plugins: ["typescript"], config: { enumsAsTypes: true, nonOptionalTypename: true } },
    "generated/operations.ts": {
      plugins: ["typescript-operations", "typed-document-node"],
      config: {
        importSchemaTypesFrom: "generated/schema",
        arrayInputCoercion: false,
        extractAllFieldsToTypesCompact: true,
        // Texts, not syntax trees: what goes over the wire, four times smaller, and no GraphQL library in the browser.
        documentMode: "string",
      },
    },
  },
};

export default config;
